"""Figures say what they show, draw where they are told, and take their numbers from the right places."""

from __future__ import annotations

import io

import librosa
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from irmas_helpers import plots
from irmas_helpers.answers.predict import Prediction, Window
from irmas_helpers.data import clips, splits
from irmas_helpers.instruments import CODES, COLOURS, NAMES
from irmas_helpers.plots import _common
from irmas_helpers.plots._prediction import LEFT
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound import features

matplotlib.use("agg")

RATE = 22_050
GENRES = ("cla", "jaz_blu", "pop_roc")


@pytest.fixture(autouse=True)
def _course_style_and_no_leaks():
    """Every test draws in the course's style; figures that it opened are closed."""
    with matplotlib.rc_context():
        plots.style()
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def table():
    """Four songs of three excerpts a class."""
    names = [
        f"{code}/[{code}][{GENRES[song % 3]}]{100 * index + song:04d}__{excerpt}.wav"
        for index, code in enumerate(CODES)
        for song in range(1, 5)
        for excerpt in (1, 2, 3)
    ]
    return clips.table(names)


@pytest.fixture(scope="module")
def levels(table):
    return np.random.default_rng(0).integers(0, 256, (len(table), 128, 130), dtype=np.uint8)


@pytest.fixture(scope="module")
def scores():
    random = np.random.default_rng(1)
    true = random.choice(CODES, 300)
    answer = np.where(random.random(300) < 0.5, true, random.choice(CODES, 300))
    return true, answer, evaluation.score(true, answer, np.arange(300).astype(str))


@pytest.fixture
def sine():
    return np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE).astype(np.float32)


HISTORY = {
    "loss": [2.0, 1.5, 1.0, 0.7],
    "accuracy": [0.2, 0.4, 0.6, 0.8],
    "val_loss": [2.1, 1.7, 1.6, 1.9],
    "val_accuracy": [0.2, 0.3, 0.4, 0.35],
    "seconds": [1.0],
}
ROWS = [
    {"label": "means", "group": "split by clip", "accuracy": 0.53, "low": 0.51, "high": 0.55},
    {"label": "means", "group": "split by song", "accuracy": 0.41, "low": 0.38, "high": 0.44},
    {"label": "guessing", "group": "split by song", "accuracy": 0.116, "low": None, "high": None},
]

REGIONS = np.linspace(-1, 1, 104).reshape(8, 13)

RELIABILITY = pd.DataFrame(
    {"low": [0, 0.5], "high": [0.5, 1], "clips": [10, 30], "confidence": [0.4, 0.9], "accuracy": [0.6, 0.8]}
)


def prediction(starts=(0.0, 1.5, 3.0), seconds=6.0) -> Prediction:
    windows = tuple(
        Window(start, start + 3, {code: float(code == CODES[i]) for code in CODES}) for i, start in enumerate(starts)
    )
    return Prediction("song.wav", seconds, "cel", {code: 1 / 11 for code in CODES}, windows)


@pytest.fixture
def single(table, levels, scores, sine):
    """Every function that draws into one axes, ready to be called with `ax`."""
    decibels = features.dequantise(levels[0])
    train, test = splits.random_split(table, 3)
    return {
        "waveform": lambda **k: plots.waveform(sine, RATE, **k),
        "waveform stereo": lambda **k: plots.waveform(np.stack([sine, -sine], axis=1), RATE, **k),
        "spectrum": lambda **k: plots.spectrum(sine, RATE, **k),
        "log_mel": lambda **k: plots.log_mel(decibels, **k),
        "spectrogram": lambda **k: plots.spectrogram(np.zeros((1025, 130)), RATE, 2048, 512, **k),
        "mfcc": lambda **k: plots.mfcc(features.mfcc(sine), **k),
        "mel_filter_bank": lambda **k: plots.mel_filter_bank(features.mel_filter_bank(), **k),
        "class_counts": lambda **k: plots.class_counts(table, **k),
        "levels_below": lambda **k: plots.levels_below(np.arange(-80, 1, 20), {"clips": np.linspace(0, 1, 5)}, **k),
        "genre_by_instrument": lambda **k: plots.genre_by_instrument(table, **k),
        "split": lambda **k: plots.split(table, train, test, songs=10, **k),
        "confusion": lambda **k: plots.confusion(scores[2].confusion, **k),
        "per_class": lambda **k: plots.per_class(scores[2].per_class(), **k),
        "scores": lambda **k: plots.scores(ROWS, title="Two splits", **k),
        "probabilities": lambda **k: plots.probabilities({code: 1 / 11 for code in CODES}, **k),
        "timeline": lambda **k: plots.timeline(prediction(), **k),
        "map_scores": lambda **k: plots.map_scores({"cover": {"as it is": np.ones(3), "shuffled": np.zeros(3)}}, **k),
    }


@pytest.fixture
def several(table, levels):
    """Every function that draws several axes, ready to be called with `figure`."""
    decibels = features.dequantise(levels[0])
    return {
        "gallery": lambda **k: plots.gallery({code: features.dequantise(levels[0]) for code in CODES}, **k),
        "log_mels": lambda **k: plots.log_mels({"one": features.dequantise(levels[0])}, columns=2, **k),
        "mean_log_mels": lambda **k: plots.mean_log_mels(levels, table, **k),
        "scatter_map": lambda **k: plots.scatter_map(np.random.default_rng(0).normal(size=(len(table), 2)), table, **k),
        "history": lambda **k: plots.history(HISTORY, title="Dense", **k),
        "answer_over_time": lambda **k: plots.answer_over_time(prediction(), np.array([0, 2.5]), np.ones(2), **k),
        "region_maps": lambda **k: plots.region_maps(decibels, {"piano": REGIONS, "nothing": 0 * REGIONS}, **k),
        "deletion_insertion": lambda **k: plots.deletion_insertion((0, 1), {"the map": [(1, 0), (0, 1)]}, **k),
        "reliability": lambda **k: plots.reliability({"before": RELIABILITY, "after": RELIABILITY}, **k),
    }


SINGLE = [
    "waveform", "waveform stereo", "spectrum", "log_mel", "spectrogram", "mfcc", "mel_filter_bank", "class_counts",
    "levels_below", "genre_by_instrument", "split", "confusion", "per_class", "scores", "probabilities",
    "timeline", "map_scores",
]  # fmt: skip
SEVERAL = [
    "gallery",
    "log_mels",
    "mean_log_mels",
    "scatter_map",
    "history",
    "reliability",
    "answer_over_time",
    "region_maps",
    "deletion_insertion",
]


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def tick_labels(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("name", SINGLE)
def test_a_picture_draws_into_the_axes_given(single, name):
    figure, ax = plt.subplots()
    assert single[name](ax=ax) is ax
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("name", SEVERAL)
def test_a_picture_of_several_axes_draws_into_the_figure_given(several, name):
    figure = plt.figure(layout="constrained")
    assert all(ax.figure is figure for ax in several[name](figure=figure))
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("name", SINGLE + SEVERAL)
def test_a_picture_is_one_figure_whose_texts_are_there_large_enough_and_inside(single, several, name):
    axes = np.ravel({**single, **several}[name]())
    figure = axes[0].figure
    assert plt.get_fignums() == [figure.number]
    for ax in axes:
        assert ax.get_title(loc="left")
    if name in SINGLE:
        assert axes[0].get_xlabel()
        assert axes[0].get_ylabel() or all(tick_labels(axes[0].yaxis))
    figure.canvas.draw()
    for text in figure.findobj(matplotlib.text.Text):
        if text.get_visible() and text.get_text().strip():
            assert text.get_fontsize() >= 9, text
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(drawn.x0, drawn.y0) > -0.02
    assert drawn.x1 < width + 0.02
    assert drawn.y1 < height + 0.02


@pytest.mark.parametrize("draw", ["log_mel", "confusion", "class_counts", "split", "scores", "timeline", "spectrum"])
def test_a_typical_picture_is_under_60_kilobytes_and_800_pixels_wide(single, draw):
    data = plots.png(single[draw]())
    assert len(data) < 60_000
    assert Image.open(io.BytesIO(data)).width <= 800


def test_the_mel_scale_is_librosas():
    hz = np.array([0, 100, 999, 1000, 1001, 4000, 11_025])
    np.testing.assert_allclose(_common.hz_to_mel(hz), librosa.hz_to_mel(hz), rtol=1e-12)


@pytest.mark.parametrize("n_mels", [16, 128])
def test_a_tick_lies_where_its_frequency_is_among_librosas_band_centres(n_mels):
    ax = plots.log_mel(np.zeros((n_mels, 130)))
    centres = librosa.mel_frequencies(n_mels + 2, fmin=0, fmax=RATE / 2)[1:-1]
    for position, label in zip(ax.get_yticks(), tick_labels(ax.yaxis), strict=True):
        hz = float(label.replace(",", ""))
        assert np.interp(librosa.hz_to_mel(hz), librosa.hz_to_mel(centres), np.arange(n_mels)) == pytest.approx(
            position
        )


def test_log_mel_frames_lie_at_librosas_times():
    image = plots.log_mel(np.zeros((128, 130))).images[0]
    left, right, _, _ = image.get_extent()
    times = librosa.frames_to_time(np.arange(130), sr=RATE, hop_length=512)
    step = (right - left) / 130
    np.testing.assert_allclose(left + step * (np.arange(130) + 0.5), times, atol=1e-12)


def test_a_spectrogram_bin_lies_at_librosas_frequency():
    image = plots.spectrogram(np.zeros((1025, 130)), RATE, 2048, 512).images[0]
    _, _, low, high = image.get_extent()
    centres = low + (high - low) / 1025 * (np.arange(1025) + 0.5)
    np.testing.assert_allclose(centres, librosa.fft_frequencies(sr=RATE, n_fft=2048), atol=1e-9)


def test_the_spectrum_of_a_sine_peaks_at_its_frequency_with_0_db(sine):
    line = plots.spectrum(sine, RATE).lines[0]
    assert line.get_xdata()[np.argmax(line.get_ydata())] == pytest.approx(440, abs=0.5)
    assert max(line.get_ydata()) == pytest.approx(0)


def test_the_partials_of_a_fundamental_are_numbered_over_an_even_axis(sine):
    ax = plots.spectrum(sine, RATE, fundamental=440, highest=2000)
    assert texts(ax) == ["1", "2", "3", "4"]
    assert [text.get_position()[0] for text in ax.texts] == [440, 880, 1320, 1760]
    assert ax.get_xlim() == (0, 2000)


def test_a_waveform_fills_its_seconds_and_its_range(sine):
    ax = plots.waveform(0.5 * sine, RATE)
    box = ax.dataLim
    assert ax.get_xlim() == (0, 3)
    assert (box.y0, box.y1) == pytest.approx((-0.5, 0.5), abs=1e-3)


def test_stereo_has_a_lane_for_each_channel(sine):
    ax = plots.waveform(np.stack([sine, sine], axis=1), RATE)
    assert tick_labels(ax.yaxis) == ["left", "right"]


def test_a_short_signal_is_drawn_sample_by_sample(sine):
    (line,) = plots.waveform(sine[:100], RATE).lines
    np.testing.assert_array_equal(line.get_ydata(), sine[:100])


def test_the_gallery_names_every_instrument_and_skips_what_has_no_example():
    axes = plots.gallery({code: np.zeros((128, 130)) for code in ("voi", "cel")})
    assert [ax.get_title(loc="left") for ax in axes] == ["cello", "human singing voice"]


def test_log_mels_stand_under_their_titles_on_one_scale():
    axes = plots.log_mels({"before": np.zeros((128, 130)), "after": np.full((128, 130), -40.0)}, columns=2)
    assert [ax.get_title(loc="left") for ax in axes] == ["before", "after"]
    assert {ax.images[0].get_clim() for ax in axes} == {(-80, 0)}


def test_counts_are_written_beside_the_bars(table):
    ax = plots.class_counts(table)
    assert texts(ax) == ["12 clips, 4 songs"] * 11
    assert ax.get_title(loc="left") == "132 clips come from 44 songs"


def test_genre_counts_and_the_share_that_the_genre_alone_names_right():
    names = ["[cel][cla]0001__1.wav", "[cel][cla]0001__2.wav", "[voi][cla]0002__1.wav", "[voi][pop_roc]0003__1.wav"]
    ax = plots.genre_by_instrument(clips.table(names))
    assert "75.0 %" in ax.get_title(loc="left")  # cello for classical (2 of 3), voice for pop (1 of 1)
    assert texts(ax).count("2 (100 %)") == 1
    assert texts(ax).count("1 (50 %)") == 2


def test_the_mean_spectrum_is_the_mean_of_the_classs_decibels(table, levels):
    axes = plots.mean_log_mels(levels, table)
    expected = (-80 + 80 * levels[table["instrument"] == "cla"].astype(float) / 255).mean(axis=(0, 2))
    bold = max(axes[1].lines, key=lambda line: line.get_linewidth())
    np.testing.assert_allclose(bold.get_ydata(), expected, atol=1e-3)


def test_a_class_without_clips_has_no_panel(table, levels):
    some = (table["instrument"] == "cel").to_numpy()
    assert len(plots.mean_log_mels(levels[some], table[some])) == 1


def test_the_map_has_a_panel_for_each_class_with_a_marker_of_its_own_among_all_points(table):
    points = np.random.default_rng(0).normal(size=(len(table), 2))
    axes = plots.scatter_map(points, table)
    assert len(set(plots.MARKERS.values())) == 11
    assert [ax.get_title(loc="left") for ax in axes] == list(NAMES.values())
    everyone, own = axes[1].collections
    assert len(everyone.get_offsets()) == len(table)
    np.testing.assert_allclose(own.get_offsets(), points[(table["instrument"] == "cla").to_numpy()])


def test_a_split_by_clip_shows_the_leak_and_one_by_song_none(table):
    leaky = plots.split(table, *splits.random_split(table, 3), songs=44)
    clean = plots.split(table, *splits.song_split(table, 4), songs=44)
    train, test = splits.random_split(table, 3)
    songs = table["song"].to_numpy()
    shared = set(songs[train]) & set(songs[test])
    assert texts(leaky).count("!") == len(shared) > 0
    assert leaky.get_title(loc="left").startswith(f"{len(shared)} of these 44 songs")
    assert texts(clean).count("!") == 0
    assert clean.get_title(loc="left").startswith("None of these 44 songs")


def test_a_split_picture_shows_as_many_songs_as_asked(table):
    ax = plots.split(table, *splits.random_split(table, 3), songs=7)
    assert len(tick_labels(ax.xaxis)) == 7


def test_history_marks_the_epoch_of_the_smallest_validation_loss():
    left, right = plots.history(HISTORY)
    labels = [text.get_text() for legend in left.figure.legends for text in legend.get_texts()]
    assert labels == ["training", "validation", "smallest validation loss: epoch 3"]
    np.testing.assert_allclose(right.lines[0].get_ydata(), [20, 40, 60, 80])


def test_history_without_validation_has_one_curve():
    left, _ = plots.history({key: HISTORY[key] for key in ("loss", "accuracy")})
    assert [line.get_label() for line in left.lines if not line.get_label().startswith("_")] == ["training"]


def test_every_panel_of_a_loss_marks_what_guessing_costs():
    left, right = plots.history(HISTORY)
    fold = {**HISTORY, "cross_entropy": HISTORY["loss"], "val_cross_entropy": HISTORY["val_loss"]}
    folds = plots.fold_curves({"one": [fold]}, measure="cross_entropy")
    for ax in (left, folds[0]):
        assert "guessing\n2.4" in [text.get_text() for text in ax.texts]
        assert any(np.allclose(line.get_ydata(), np.log(11)) for line in ax.lines)
    assert not right.texts


def test_the_confusion_picture_holds_scikit_learns_counts(scores):
    true, answer, scored = scores
    ax = plots.confusion(scored.confusion)
    expected = confusion_matrix(true, answer, labels=CODES)
    written = np.array([int(text or 0) for text in texts(ax)]).reshape(11, 11)
    np.testing.assert_array_equal(written, expected)
    shares = ax.collections[0].get_array().reshape(11, 11)
    np.testing.assert_allclose(shares, 100 * confusion_matrix(true, answer, labels=CODES, normalize="true"))
    assert tick_labels(ax.xaxis) == tick_labels(ax.yaxis) == list(CODES)


def test_per_class_dots_are_scikit_learns_scores_best_first(scores):
    true, answer, scored = scores
    ax = plots.per_class(scored.per_class())
    precision, recall, f1, _ = precision_recall_fscore_support(true, answer, labels=CODES)
    drawn = {dots.get_label(): dots.get_offsets()[:, 0] for dots in ax.collections}
    np.testing.assert_allclose(sorted(drawn["F1"]), sorted(f1))
    np.testing.assert_allclose(sorted(drawn["precision: right among answers"]), sorted(precision))
    np.testing.assert_allclose(sorted(drawn["recall: found among clips"]), sorted(recall))
    assert list(drawn["F1"]) == sorted(f1, reverse=True)


def test_scores_are_written_in_percent_beside_their_intervals():
    ax = plots.scores(ROWS)
    assert texts(ax) == ["53.0 %", "41.0 %", "11.6 %"]
    assert tick_labels(ax.yaxis) == ["means", "guessing"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["split by clip", "split by song"]
    ends = [tuple(bar.get_segments()[0][:, 0]) for bar in ax.collections]
    assert ends == [pytest.approx((51, 55)), pytest.approx((38, 44)), pytest.approx((11.6, 11.6))]


def test_probabilities_are_sorted_and_in_percent():
    ax = plots.probabilities({code: (0.9 if code == "vio" else 0.01) for code in CODES})
    assert tick_labels(ax.yaxis)[0] == "violin"
    assert texts(ax)[:2] == ["90.0 %", "1.0 %"]


def test_an_answer_over_time_shows_each_second_under_the_waveform_in_its_colours():
    top, bottom = plots.answer_over_time(
        prediction(starts=(0.0, 6.0), seconds=9.0), np.array([0.0, 4.0, 7.0]), np.array([0.5, 0.001, 1.0])
    )
    shown = bottom.collections[0].get_array()
    assert shown.shape == (11, 9)
    np.testing.assert_array_equal(shown[0], [100, 100, 100, np.nan, np.nan, np.nan, 0, 0, 0])
    # Cello for four seconds, silence, clarinet: the bars' places, heights and colours, and the names above.
    bars = {
        bar.get_x(): (bar.get_width(), bar.get_height(), matplotlib.colors.to_hex(bar.get_facecolor()))
        for bar in top.patches
    }
    assert bars[0] == (4, 1, COLOURS["cel"].lower())
    assert bars[7] == (2, 2, COLOURS["cla"].lower())
    assert bars[4][2] not in {COLOURS[code].lower() for code in CODES}
    assert texts(top) == ["cel", "cla"]
    assert bottom.get_position().x0 == top.get_position().x0 == pytest.approx(LEFT)


def test_reliability_shows_a_point_a_bin_larger_for_more_clips_and_the_mean_distance():
    (ax,) = plots.reliability({"toys": RELIABILITY})
    (points,) = (drawn for drawn in ax.collections if isinstance(drawn, matplotlib.collections.PathCollection))
    np.testing.assert_allclose(points.get_offsets(), [[40, 60], [90, 80]])
    assert points.get_sizes()[0] < points.get_sizes()[1]
    assert ax.get_title(loc="left") == "toys: ECE 0.125"  # a quarter of the clips is 0.2 off, the others 0.1


def test_a_timeline_weighs_overlapping_windows():
    windows = (
        Window(0, 3, {code: float(code == "cel") for code in CODES}, 1.0),
        Window(1.5, 4.5, {code: float(code == "cla") for code in CODES}, 0.25),
    )
    answer = Prediction("song.wav", 4.5, "cel", {code: 1 / 11 for code in CODES}, windows)
    shown = plots.timeline(answer).collections[0].get_array()
    np.testing.assert_allclose(shown[:2], [[100, 80, 0], [0, 20, 100]])


def test_a_timeline_averages_overlapping_windows_and_leaves_silence_white():
    mesh = plots.timeline(prediction(starts=(0.0, 1.5, 6.0), seconds=9.0)).collections[0]
    values = np.ma.filled(mesh.get_array().astype(float), np.nan).reshape(11, -1)
    edges = mesh.get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges, [0, 1.5, 3, 4.5, 6, 9])
    np.testing.assert_allclose(values[:3, [0, 1, 2, 4]], [[100, 50, 0, 0], [0, 50, 100, 0], [0, 0, 0, 100]])
    assert np.isnan(values[:, 3]).all()


def test_a_network_is_drawn_with_keras_own_shapes_and_parameters():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((128, 130, 1)),
            layers.Conv2D(32, (3, 5), activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(11, activation="softmax"),
        ],
        name="small",
    )
    ax = plots.network(model)
    assert f"{model.count_params():,}" in ax.get_title(loc="left")
    shown = texts(ax)
    assert "128 x 130 x 1" in shown
    assert "Conv2D: 32 filters, kernel 3 x 5, relu" in shown
    assert "MaxPooling2D: pool 2 x 2" in shown
    assert "Dropout: rate 0.25" in shown
    assert "126 x 126 x 32" in shown
    for layer in model.layers:
        assert (f"{layer.count_params():,}" if layer.count_params() else "none") in shown


def test_showing_a_picture_sends_png_with_alt_text_and_closes_it(monkeypatch):
    sent = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: sent.append((data, options)))
    ax = plots.probabilities({code: 1 / 11 for code in CODES})
    plots.show(ax, "Eleven <equal> bars.")
    assert plt.get_fignums() == []
    (hidden, _), (picture, options) = sent
    assert "Eleven &lt;equal&gt; bars." in hidden["text/html"]
    assert picture["text/plain"] == options["metadata"]["image/png"]["alt"] == "Eleven <equal> bars."
    assert Image.open(io.BytesIO(picture["image/png"])).format == "PNG"


def test_showing_takes_figures_axes_and_arrays_of_axes(monkeypatch):
    monkeypatch.setattr("IPython.display.display", lambda *args, **options: None)
    for drawn in (plt.figure(), plt.subplots()[1], plt.subplots(2)[1]):
        plots.show(drawn, "Nothing.")
    assert plt.get_fignums() == []


def test_the_same_figure_gives_the_same_bytes(single):
    assert plots.png(single["scores"]()) == plots.png(single["scores"]())


def test_a_picture_has_a_white_ground_and_keeps_its_colours(single):
    picture = Image.open(io.BytesIO(plots.png(single["probabilities"]()))).convert("RGB")
    assert picture.getpixel((1, 1)) == (255, 255, 255)
    assert (0x88, 0x22, 0x55) in {colour for _, colour in picture.getcolors(maxcolors=100_000)}
