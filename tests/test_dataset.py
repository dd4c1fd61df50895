"""The notebooks take the reader's own IRMAS where it is named, and say which set they use."""

from irmas_helpers import dataset
from irmas_helpers.rendered import practice_set


def test_irmas_data_names_the_readers_own_set(monkeypatch, tmp_path):
    monkeypatch.setenv("IRMAS_DATA", str(tmp_path))
    own = dataset.training_set()
    assert own.root == tmp_path and own.is_real
    assert practice_set.WARNING not in str(own)


def test_without_it_the_rendered_set_is_used_with_its_warning(monkeypatch, tmp_path):
    monkeypatch.delenv("IRMAS_DATA", raising=False)
    monkeypatch.setattr(practice_set, "training_folder", lambda: tmp_path)
    practice = dataset.training_set()
    assert practice.root == tmp_path and not practice.is_real
    assert practice_set.WARNING in str(practice)
