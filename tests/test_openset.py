"""What is none of the classes: the head against scikit-learn and Keras, its threshold, its file, what answers say."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import odd_zips
import pandas as pd
import pytest
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from irmas_helpers.answers import bulk, predict, tables
from irmas_helpers.errors import ModelError
from irmas_helpers.learning import models, results
from irmas_helpers.scoring import openset
from irmas_helpers.sound import features
from research import fit_openset, measure_openset


@pytest.fixture(scope="module")
def clouds():
    """Three clouds of points, the last of them for what is none of two classes; half to fit, half to ask about."""
    rng = np.random.default_rng(0)
    classes = np.arange(12000) % 3
    points = rng.standard_normal((12000, 20)) + 0.4 * rng.standard_normal((3, 20))[classes]
    return (points[:6000], classes[:6000]), (points[6000:], classes[6000:])


@pytest.fixture(scope="module")
def head(clouds):
    return fit_openset.fit(*clouds[0])


def test_the_score_is_the_log_odds_of_a_softmax():
    values = np.random.default_rng(1).standard_normal((50, 12)) * 5
    chance = np.exp(log_softmax(values, axis=1)[:, -1])
    np.testing.assert_allclose(openset.log_odds(values), np.log(chance / (1 - chance)), rtol=1e-9)


def test_it_tells_clouds_apart_as_well_as_logistic_regression(clouds, head):
    (points, classes), (others, true) = clouds
    theirs = LogisticRegression(max_iter=1000).fit(points, classes).decision_function(others)
    ours = head.score(others)
    assert roc_auc_score(true == 2, ours) > roc_auc_score(true == 2, openset.log_odds(theirs)) - 0.01 > 0.85
    assert np.corrcoef(ours, openset.log_odds(theirs))[0, 1] > 0.9
    chance = 1 / (1 + np.exp(-ours))
    assert log_loss(true == 2, chance) < 1.2 * log_loss(true == 2, 1 / (1 + np.exp(-openset.log_odds(theirs))))


def test_the_score_is_that_of_the_same_layers_in_keras(clouds, head):
    keras = models.import_keras()
    network = keras.Sequential(
        [keras.Input((20,)), keras.layers.Dense(fit_openset.HIDDEN, "relu"), keras.layers.Dense(3)]
    )
    network.set_weights([head.hidden[:-1], head.hidden[-1], head.outputs[:-1], head.outputs[-1]])
    values = network.predict((clouds[1][0] - head.mean) / head.deviation, verbose=0)
    np.testing.assert_allclose(head.score(clouds[1][0]), openset.log_odds(values), atol=1e-3)


def test_the_same_seed_gives_the_same_head(clouds):
    features, classes = (each[::20] for each in clouds[0])
    head, again, other = (fit_openset.fit(features, classes, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(again.hidden, head.hidden)
    assert not np.array_equal(other.hidden, head.hidden)


def test_the_threshold_lets_known_clips_of_half_of_the_songs_pass_and_the_others_are_asked():
    rng = np.random.default_rng(4)
    song, instrument = np.repeat(np.arange(200), 2), np.repeat(np.resize(["cel", "pia", "voi"], 200), 2)
    clips = pd.DataFrame({"song": song.astype(str), "instrument": instrument})
    right, score = rng.uniform(0.3, 1, 400), rng.standard_normal(400)
    answers = np.where(instrument == "pia", [1 - right, right], [right, 1 - right]).T
    songs = measure_openset._Songs(clips, {"cel": 0, "pia": 1, "": 2}, answers, score)
    assert not set(song[songs.validating]) & set(song[~songs.validating])
    found, known = songs.validated(), instrument != "voi"
    assert np.mean(score[songs.validating & known] <= found["validation"]["known"]) == pytest.approx(0.95, abs=0.01)
    there = found["other songs"]
    assert there["clips"] + found["validation"]["clips"] == known.sum()
    called = score[~songs.validating & known] > 0.5
    assert there["thresholds"]["0.5"]["called_foreign"] == pytest.approx(called.mean())
    assert there["without"]["right and sure kept"] == 1 > there["thresholds"]["-2.0"]["right and sure kept"]


def test_kept_summaries_are_those_of_the_same_windows_networks_and_changes(tmp_path, toy_pack):
    def summaries(rows=slice(2), network="cnn", **how):
        files = {"net": fit_openset.FILES[network]}
        return fit_openset.summaries(toy_pack.values[rows], tmp_path / "kept.npz", files=files, **how)

    first, again = summaries(), summaries()
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(first["net"], again["net"])
    others = summaries(network="cnn_lone"), summaries(slice(1, 3)), summaries(elsewhere=True)
    assert len(list(tmp_path.iterdir())) == 4
    assert not any(np.array_equal(first["net"], other["net"]) for other in others)


def test_the_heads_that_ship_have_the_threshold_of_songs_that_nobody_learned_from():
    found = dict(results.measured("openset")["left out"])
    threshold = found.pop("threshold")
    assert measure_openset.chosen_threshold(found) == pytest.approx(threshold)
    for file in fit_openset.FILES.values():
        assert openset.load(file).threshold == threshold["chosen"]


def test_a_head_saved_and_loaded_scores_alike(tmp_path, clouds, head):
    replace(head, threshold=0.25).save(tmp_path / "net_openset.npz")
    loaded = openset.load(tmp_path / "net.onnx")
    assert loaded.threshold == 0.25
    np.testing.assert_allclose(loaded.score(clouds[1][0]), head.score(clouds[1][0]), atol=0.05)  # 16 bits
    assert openset.load(tmp_path / "another.onnx") is None


@pytest.mark.parametrize("content", [b"", b"no head", b"PK\x03\x04 cut short"], ids=["empty", "text", "damaged"])
def test_a_file_that_is_no_head_gets_one_line(tmp_path, content):
    (tmp_path / "net_openset.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"net_openset\.npz: is no head"):
        openset.load(tmp_path / "net.onnx")


@pytest.mark.parametrize("way", odd_zips.UNREAD)
def test_a_head_that_no_longer_is_a_whole_zip_gets_one_line(tmp_path, way):
    whole = (models.PRETRAINED / "cnn_openset.npz").read_bytes()
    test_a_file_that_is_no_head_gets_one_line(tmp_path, odd_zips.spoil(whole, way))


def test_an_array_under_a_heads_name_gets_one_line(tmp_path):
    np.save(tmp_path / "array.npy", np.zeros(3))
    test_a_file_that_is_no_head_gets_one_line(tmp_path, (tmp_path / "array.npy").read_bytes())


def test_a_head_of_another_shape_is_refused(tmp_path, head):
    replace(head, outputs=head.outputs[:-1]).save(tmp_path / "net_openset.npz")
    with pytest.raises(ModelError, match="is no head that fits"):
        openset.load(tmp_path / "net.onnx")


def test_both_forms_of_a_network_have_the_same_features():
    levels = np.random.default_rng(3).integers(0, 256, (9, 128, 130)).astype(np.uint8)
    for file in (models.DEFAULT_MODEL, models.lone_file(models.DEFAULT_MODEL)):
        (keras_says, ours), (onnx_says, theirs) = (
            models.hear(models.load_model(file.with_suffix(suffix)), levels) for suffix in (".keras", ".onnx")
        )
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
        np.testing.assert_allclose(keras_says, onnx_says, rtol=0, atol=1e-4)
        np.testing.assert_array_equal(
            onnx_says, models.predict_log_mel(models.load_model(file.with_suffix(".onnx")), levels)
        )


def test_a_network_without_maps_has_no_features():
    levels = np.zeros((2, 128, 130), np.uint8)
    for suffix in (".keras", ".onnx"):
        probabilities, features = models.hear(models.load_model(models.PRETRAINED / f"dense{suffix}"), levels)
        assert probabilities.shape == (2, 11)
        assert features is None


@pytest.fixture(scope="module")
def shipped():
    return predict.load_predictor()


def test_the_head_changes_no_probability(shipped, write_wav):
    path = write_wav()
    before, after = replace(shipped, head=None, lone_head=None).predict(path), shipped.predict(path)
    assert after.probabilities == before.probabilities
    assert before.foreign is None
    assert before.known
    assert after.foreign == pytest.approx(np.average([window.foreign for window in after.windows],
                                                     weights=[window.weight for window in after.windows]))  # fmt: skip


@pytest.mark.parametrize(("foreign", "says"), [(-1.0, "piano 90%"), (1.0, "none of the eleven, as far as I can tell")])
def test_a_foreign_sound_gets_no_name(foreign, says):
    answer = predict.Prediction(
        "a.wav", 3.0, "pia", {"pia": 0.9} | dict.fromkeys("abcdefghij", 0.01), (), (), 0.6, foreign
    )
    assert answer.known == answer.sure == (foreign < 0)
    told = answer.as_dict()
    assert (told["known"], told["foreign"], told["sure"]) == (foreign < 0, foreign, foreign < 0)
    assert answer.doubt == ("" if foreign < 0 else "none of the eleven")
    if foreign > 0:
        answer = replace(answer, probabilities={"pia": 0.9, "cel": 0.1})
        assert str(answer).startswith("a.wav: none of the two, as far as I can tell (piano 90%")


def test_without_a_head_an_unsure_answer_stays_not_sure():
    answer = predict.Prediction("a.wav", 3.0, "pia", {"pia": 0.5, "cel": 0.5}, (), (), 0.6)
    assert (answer.known, answer.sure, answer.doubt) == (True, False, "not sure")


def test_a_table_says_none_of_the_eleven_and_how_foreign(shipped, write_wav, tmp_path):
    path = write_wav()
    answer = replace(shipped.predict(path), foreign=3.25)
    row = tables.row(str(path), ("1", ""), answer, "net")
    assert (row["answer"], row["sure"], row["foreign"]) == ("none of the eleven", "false", "3.25")


def test_drums_and_noise_are_none_of_the_eleven_and_a_rendered_clip_is_not(shipped, rendered_root):
    clips = sorted((rendered_root / "IRMAS-TrainingData").glob("*/*.wav"))[::9]
    answers = [shipped.predict(path) for path in clips]
    assert np.mean([answer.known for answer in answers]) > 0.8
    noise = np.random.default_rng(0).standard_normal((3, 66_150), dtype=np.float32)
    assert (shipped.hear(np.stack([features.log_mel(signal) for signal in noise]))[1] > shipped.head.threshold).all()


def test_another_head_is_another_network(tmp_path):
    for name in ("cnn.onnx", "cnn_openset.npz"):
        shutil.copy(models.PRETRAINED / name, tmp_path)
    with_head = bulk.identity(tmp_path / "cnn.onnx")
    shutil.copy(models.PRETRAINED / "cnn_lone_openset.npz", tmp_path)
    with_both = bulk.identity(tmp_path / "cnn.onnx")
    (tmp_path / "cnn_openset.npz").unlink()
    assert len({with_head, with_both, bulk.identity(tmp_path / "cnn.onnx")}) == 3
    assert predict.load_predictor(tmp_path / "cnn.onnx").head is None


def test_a_head_of_another_network_gets_one_line(shipped, write_wav, clouds, head):
    for wrong in (
        replace(shipped, head=head),
        replace(shipped, model=models.load_model(models.PRETRAINED / "dense.onnx")),
    ):
        with pytest.raises(ModelError, match="is of another network"):
            wrong.predict(write_wav())
