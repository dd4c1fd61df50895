"""The regularisation lab: a grid of recorded runs under two sliders, and any of its cells trained live."""

from __future__ import annotations

import functools
import html
import os
import threading
from typing import TYPE_CHECKING

import numpy as np
from ipywidgets import HTML, IntProgress, Layout

from .. import plots
from ..errors import IrmasError
from ..learning import batches, models, networks, recipes, results, training
from ..sound.packs import Pack
from ._common import Board, Explorer, button, complain, picture_html, say, slider

if TYPE_CHECKING:
    import keras


def regularisation_lab(
    pack: Pack, train: np.ndarray, test: np.ndarray, *, epochs: int = 12, folder: str | os.PathLike = results.FOLDER
) -> RegularisationLab:
    """Choose a rate of dropout and a factor of L2: see the recorded run at once, train the same live.

    Parameters
    ----------
    pack : Pack
        Log-mels for the live training.
    train, test : numpy.ndarray of int
        Positions in it of the clips to fit and of those to watch.
    epochs : int
        Length of the live training.
    folder : path
        Where the recorded results lie; the repository's own by default.
    """
    return RegularisationLab(pack.select(train), pack.select(test), epochs, folder)


class RegularisationLab(Board):
    """The widget of `regularisation_lab`: `recorded` holds the two sliders and what was recorded with them.

    `start` and `stop` are the buttons of the live training; `progress`, `text` and `picture` say how it goes. It has a
    `thread` of its own, beside which the kernel stays free to hear the stop button.
    """

    def __init__(self, fitted: Pack, watched: Pack, epochs: int, folder: str | os.PathLike) -> None:
        self._fitted, self._watched, self._epochs = fitted, watched, epochs
        self._stopped, self.thread = threading.Event(), None
        sliders = (
            slider("dropout rate", recipes.GRID_RATES, 0.0, "Share of the dense layer's units that is dropped"),
            slider("L2 factor", [(f"{factor:g}", factor) for factor in recipes.GRID_FACTORS], 0.0,
                   "Factor of the squared weights in the loss"),
        )  # fmt: skip
        self.recorded = Explorer(sliders, functools.partial(_render_recorded, folder))
        live = "Train this setting live", "play", "On the rendered set, beside the recorded run", "200px"
        self.start = button(*live, self._begin)
        end = "Stop", "stop", "End the training after the step under way", "90px"
        self.stop = button(*end, self._end, disabled=True)
        self.progress = IntProgress(max=epochs, description="epochs", layout=Layout(width="260px"))
        self.text, self.picture = HTML(), HTML()
        super().__init__(self.recorded, (self.start, self.stop, self.progress), self.text, self.picture)

    def _begin(self) -> None:
        if self.start.disabled:  # the second half of a double click, sent before the browser knew
            return
        self.start.disabled, self.stop.disabled = True, False
        self.progress.value, self.picture.value = 0, ""
        self._stopped.clear()
        rate, factor = (control.value for control in self.recorded.controls)
        self.text.value = say(f"Rendered set, {_setting(rate, factor)}: the first epoch is under way.")
        self.thread = threading.Thread(target=self._train, args=(rate, factor), daemon=True)
        self.thread.start()

    def _end(self) -> None:
        self._stopped.set()
        self.stop.disabled = True  # seen at once; the step under way and a last look at the clips take seconds

    def _train(self, rate: float, factor: float) -> None:
        try:
            training.set_seed(0)
            model = networks.cnn_log_mel(dropout=rate, l2=factor)
            training.compile_model(model)
            training.fit(
                model, batches.from_pack(self._fitted, "log_mel", 32, seed=0), epochs=self._epochs, progress=False,
                validation=batches.from_pack(self._watched, "log_mel", 32), callbacks=(self._reporter(rate, factor),),
            )  # fmt: skip
            self._conclude(model, rate, factor)
        except Exception as error:  # what happens in a thread would be lost otherwise
            self.text.value = complain(error)
        finally:
            # In this order: whoever starts again at once must not find the new training's stop button disabled.
            self.stop.disabled, self.start.disabled = True, False

    def _reporter(self, rate: float, factor: float) -> keras.callbacks.Callback:
        """What Keras calls after each step and each epoch: obeys the stop button, shows the curves."""
        import keras

        history: dict[str, list[float]] = {}

        def obey() -> None:
            if self._stopped.is_set():
                reporter.model.stop_training = True

        def report(epoch: int, logs: dict[str, float]) -> None:
            obey()  # stopped while the validation clips were looked at
            for name, value in logs.items():
                history.setdefault(name, []).append(value)
            self.progress.value = epoch + 1
            self.text.value = say(
                f"Rendered set, {_setting(rate, factor)}, epoch {epoch + 1} of {self._epochs}: training "
                f"{logs['accuracy']:.0%}, validation {logs['val_accuracy']:.0%}."
            )
            self.picture.value = _curves(history, "Trained live on the rendered set", _setting(rate, factor))

        reporter = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: obey(), on_epoch_end=report)
        return reporter

    def _conclude(self, model: keras.Model, rate: float, factor: float) -> None:
        done = self.progress.value
        ended = f"stopped in epoch {done}" if self._stopped.is_set() else f"done after {done} epochs"
        fitted, watched = (_accuracy(model, pack) for pack in (self._fitted, self._watched))
        self.text.value = say(
            f"Rendered set, {_setting(rate, factor)}, {ended}: the network is right "
            f"for <b>{fitted:.0%}</b> of the {len(self._fitted.clips)} clips fitted and <b>{watched:.0%}</b> of "
            f"{len(self._watched.clips)} clips of songs never heard."
        )


def _accuracy(model: keras.Model, pack: Pack) -> float:
    return float(np.mean(models.answers(model, pack) == pack.clips["instrument"]))


def _setting(rate: float, factor: float) -> str:
    return f"dropout {rate:g}, L2 {factor:g}"


def _render_recorded(folder: str | os.PathLike, rate: float, factor: float) -> tuple[str, str]:
    """The first fold of the recorded run with a setting: a sentence and its curves."""
    recipe = recipes.regularised(rate, factor)
    try:
        fold = results.folds(recipe.name, folder)[0]
    except IrmasError:
        return say(f"{_setting(rate, factor)} was never recorded; train it live, or move a slider back."), ""
    low, high = fold["interval"]
    gap = fold["fitted_accuracy"] - fold["accuracy"]
    kept = 1 + int(np.argmin(fold["history"]["val_cross_entropy"]))
    text = (
        f"Recorded on {html.escape(fold['data']['data'])}, fold {fold['fold'] + 1} of {fold['folds']} by song, "
        f"{_setting(rate, factor)}: <b>{fold['accuracy']:.1%}</b> of {fold['n']:,} clips of test songs (95 % interval "
        f"{low:.1%} to {high:.1%}), <b>{fold['fitted_accuracy']:.1%}</b> of the clips fitted, a gap of "
        f"<b>{100 * gap:.0f} points</b>. Stopped after {fold['epochs_run']} epochs; epoch {kept} was kept."
    )
    place = f"{html.escape(fold['data']['data'])}, fold {fold['fold'] + 1}"
    return say(text), _curves(fold["history"], f"Recorded: {place}", _setting(rate, factor))


def _curves(history: dict[str, list[float]], title: str, setting: str) -> str:
    last = f"training accuracy ends at {history['accuracy'][-1]:.0%}, validation at {history['val_accuracy'][-1]:.0%}"
    alt = f"Loss and accuracy over {len(history['accuracy'])} epochs with {setting}: {last}"
    return picture_html(lambda figure: plots.history(history, title=f"{title}, {setting}", figure=figure), 3.4, alt)
