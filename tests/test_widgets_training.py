"""The buttons of the regularisation lab while a training is under way, which the test holds and lets go."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from irmas_helpers import widgets
from irmas_helpers.learning import models

LOGS = {"accuracy": 0.5, "val_accuracy": 0.25, "cross_entropy": 1.0, "val_cross_entropy": 2.0}


class HeldTraining:
    """Stands in for `training.fit`: calls the lab's callback as Keras does; what `during` holds is called on its way.

    Attributes
    ----------
    calls : int
        How often a training began.
    under_way, go_on : threading.Event
        Set when one has begun, and to be set for it to go on.
    during : callable
        Called between the first epoch's last step and its end.
    """

    def __init__(self):
        self.calls, self.under_way, self.go_on, self.during = 0, threading.Event(), threading.Event(), lambda: None

    def fit(self, model, *_, epochs, callbacks, **__):
        self.calls += 1
        self.under_way.set()
        assert self.go_on.wait(10)
        (callback,) = callbacks
        callback.set_model(model)
        for epoch in range(epochs):
            callback.on_train_batch_end(0, LOGS)
            self.during()
            callback.on_epoch_end(epoch, LOGS)
            if model.stop_training:
                return


@pytest.fixture
def held(monkeypatch):
    models.import_keras()  # takes seconds, which would be the thread's
    stand_in, parts = HeldTraining(), widgets._training
    monkeypatch.setattr(parts.training, "fit", stand_in.fit)
    monkeypatch.setattr(parts.training, "compile_model", lambda model: None)
    monkeypatch.setattr(parts.batches, "from_pack", lambda *_, **__: None)
    monkeypatch.setattr(parts.networks, "cnn_log_mel", lambda **_: SimpleNamespace(stop_training=False))
    monkeypatch.setattr(parts, "picture_html", lambda *_: "<img>")
    monkeypatch.setattr(parts, "_accuracy", lambda *_: 0.5)
    return stand_in


@pytest.fixture
def lab(held, toy_pack, tmp_path):
    """Three epochs; nothing was recorded."""
    rows = np.arange(len(toy_pack.clips))
    return widgets.regularisation_lab(toy_pack, rows[::2], rows[1::2], epochs=3, folder=tmp_path)


def finish(lab, held):
    held.go_on.set()
    lab.thread.join(10)
    assert not lab.thread.is_alive()


def test_a_double_click_starts_one_training(lab, held):
    lab.start.click()
    first = lab.thread
    lab.start.click()
    assert lab.thread is first
    finish(lab, held)
    assert held.calls == 1


def test_only_one_of_the_buttons_can_be_pressed(lab, held):
    lab.start.click()
    assert (lab.start.disabled, lab.stop.disabled) == (True, False)
    finish(lab, held)
    assert (lab.start.disabled, lab.stop.disabled) == (False, True)


def test_a_pressed_stop_button_is_disabled_before_the_training_has_heard_it(lab, held):
    lab.start.click()
    assert held.under_way.wait(10)
    lab.stop.click()
    assert (lab.start.disabled, lab.stop.disabled) == (True, True)
    finish(lab, held)
    assert "stopped in epoch 1:" in lab.text.value


def test_stopped_behind_the_last_step_of_an_epoch_no_other_epoch_begins(lab, held):
    held.during = lab.stop.click
    lab.start.click()
    finish(lab, held)
    assert lab.progress.value == 1
    assert "stopped in epoch 1:" in lab.text.value


def test_stopped_when_all_epochs_are_done_it_is_said_to_be_done(lab, held, monkeypatch):
    monkeypatch.setattr(widgets._training, "_accuracy", lambda *_: lab.stop.click() or 0.5)
    lab.start.click()
    finish(lab, held)
    assert "done after 3 epochs" in lab.text.value


def test_sliders_moved_during_a_training_leave_it_the_setting_that_it_began_with(lab, held):
    lab.start.click()
    lab.recorded.controls[0].value = 0.5
    assert "dropout 0.5, L2 0 was never recorded" in lab.recorded.text.value
    assert "dropout 0, L2 0: the first epoch" in lab.text.value
    finish(lab, held)
    assert "dropout 0, L2 0, done" in lab.text.value


def test_an_error_without_words_is_named(lab, held, monkeypatch):
    def fail(**_):
        raise MemoryError

    monkeypatch.setattr(widgets._training.networks, "cnn_log_mel", fail)
    lab.start.click()
    finish(lab, held)
    assert "MemoryError" in lab.text.value
    assert (lab.start.disabled, lab.stop.disabled) == (False, True)
