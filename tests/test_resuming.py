"""A training that was cut off, at whatever moment, goes on with the numbers of one that was not."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from irmas_helpers.learning import batches, models, networks, resuming, training
from irmas_helpers.learning.augmentation_plans import Augmentation

EPOCHS = 3


def fit(pack, folder, progress=False) -> tuple[dict, np.ndarray]:
    """What came of a training with dropout, changed clips and a rate that falls: its history, the network's answers."""
    training.set_seed(5)
    model = networks.cnn_pooled(blocks=((2,), (2,)))
    training.compile_model(
        model, training.cosine(0.01, 2 * EPOCHS, 1), optimizer="adamw", weight_decay=0.01, targets="shares"
    )
    changed = batches.augmented(pack, Augmentation(mix=0.4, shift=1), batch_size=20, seed=1)
    history = resuming.fit(model, changed, folder, epochs=EPOCHS, progress=progress)
    return history, models.predict_pack(model, pack.values)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, small_pack):
    return fit(small_pack, tmp_path_factory.mktemp("whole") / "net.partial")


@pytest.fixture(scope="module")
def small_pack(make_toy_pack):
    return make_toy_pack().select(np.arange(40))


def cut(monkeypatch, where, name: str, at_call: int) -> None:
    """Interrupt a function's call of that number, before it does anything."""
    real, calls = getattr(where, name), []

    def once(*arguments, **options):
        calls.append(name)
        if len(calls) == at_call:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(where, name, once)


MOMENTS = {
    "the first epoch's weights are written, what names them is not": (resuming, "written_whole", 1),
    "the second epoch's weights are written, what names them is not": (resuming, "written_whole", 2),
    "the second epoch is over, nothing of it is written": (resuming._State, "_write", 2),
    "the third epoch's state is written, the older weights still lie there": (resuming.Path, "unlink", 3),
    "all is done, the folder still lies there": (shutil, "rmtree", 1),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_cut_off_at_any_moment_it_goes_on_with_the_same_numbers(moment, small_pack, whole, tmp_path):
    folder = tmp_path / "net.partial"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        cut(patch, *MOMENTS[moment])
        fit(small_pack, folder)
        resuming.forget(folder)
    assert folder.exists()
    history, answers = fit(small_pack, folder)
    resuming.forget(folder)
    for name in ("loss", "accuracy", "cross_entropy"):
        assert history[name] == pytest.approx(whole[0][name], rel=1e-5)
    np.testing.assert_allclose(answers, whole[1], atol=1e-5)
    assert not list(tmp_path.iterdir())


def test_the_bar_goes_on_where_the_training_does(small_pack, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        cut(patch, resuming, "written_whole", 3)
        fit(small_pack, tmp_path / "net.partial")
    fit(small_pack, tmp_path / "net.partial", progress=True)
    assert "3/3" in capsys.readouterr().err
