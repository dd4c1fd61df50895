"""Other versions of clips: each change against what it should do to sounds that are made by hand."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from irmas_helpers.learning import augmentation
from irmas_helpers.learning.augmentation_plans import AUGMENTATIONS, Augmentation, augment
from irmas_helpers.sound import features

CLIPS, BANDS, FRAMES = 40, 128, 130


@pytest.fixture
def rng():
    """The same numbers in every test."""
    return np.random.default_rng(0)


@pytest.fixture
def levels(rng):
    """Clips of loud and soft cells, at least one of them as loud as can be."""
    values = rng.integers(0, 256, (CLIPS, BANDS, FRAMES), dtype=np.uint8)
    values[:, 5, 7] = 255
    return values


@pytest.fixture
def power(levels):
    """The same as powers."""
    return augmentation.power_of_levels(levels)


@pytest.fixture
def shares():
    """One class a clip, the eleven in turn."""
    return np.eye(11, dtype=np.float32)[np.arange(CLIPS) % 11]


def test_levels_become_powers_and_powers_the_decibels_of_the_levels(levels, power):
    np.testing.assert_allclose(augmentation.decibels(power), features.dequantise(levels), atol=1e-3)
    np.testing.assert_allclose(augmentation.decibels(np.zeros((1, 2, 3), dtype=np.float32)), -80, atol=1e-3)


def test_no_change_leaves_decibels_and_shares_as_they_are(levels, shares, rng):
    changed, same = augment(levels, shares, Augmentation(), rng)
    np.testing.assert_allclose(changed, features.dequantise(levels), atol=1e-3)
    np.testing.assert_array_equal(same, shares)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_augmentation_gives_what_networks_take_and_the_same_from_the_same_seed(name, levels, shares):
    first, again, other = (
        augment(levels, shares, AUGMENTATIONS[name], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    changed, given = first
    assert (changed.shape, changed.dtype, given.dtype) == (levels.shape, np.float32, np.float32)
    assert changed.min() >= -80.001
    assert changed.max() <= 0
    if not AUGMENTATIONS[name].overlay:
        np.testing.assert_allclose(given.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(changed, again[0])
    assert np.array_equal(changed, other[0]) == (name == "none")


@pytest.mark.parametrize("field", sorted(asdict(Augmentation()).keys() - {"highest_floor"}))
def test_every_field_of_the_record_changes_clips(field, levels, shares, rng):
    plan = replace(Augmentation(), **{field: 1})
    changed, _ = augment(levels, shares, plan, rng)
    assert not np.allclose(changed, features.dequantise(levels), atol=1e-2)


def test_clips_laid_over_one_another_keep_their_sound_and_all_their_labels(shares, rng):
    power = np.zeros((CLIPS, BANDS, 3), dtype=np.float32)
    power[np.arange(CLIPS), np.arange(CLIPS)] = 1  # each clip has a band of its own: it tells who is in a mixture
    together, labels = augmentation.overlay(power, shares, 2, rng)
    sounding = together[:, :CLIPS, 0] > 0
    assert set(sounding.sum(axis=1)) == {1, 2, 3}
    for clip, (row, label) in enumerate(zip(together[:, :CLIPS, 0], labels, strict=True)):
        assert row[clip] == 1
        players = np.flatnonzero(row)
        np.testing.assert_array_equal(label, shares[players].max(axis=0))
        weaker = row[players[players != clip]]
        assert np.all((weaker <= 2) & (weaker >= 10**-1.2))  # the same partner may be drawn twice
    assert labels.dtype == together.dtype == np.float32


def test_a_clip_alone_in_its_batch_has_nothing_laid_over_it(power, shares, rng):
    together, labels = augmentation.overlay(power[:1], shares[:1], 2, rng)
    np.testing.assert_array_equal(together, power[:1])
    np.testing.assert_array_equal(labels, shares[:1])


def test_a_shift_rolls_every_clip_by_its_own_number_of_frames(power, rng):
    moved = augmentation.shift(power, rng)
    starts = []
    for clip, result in zip(power, moved, strict=True):
        fits = [start for start in range(FRAMES) if np.array_equal(np.roll(clip, -start, axis=1), result)]
        starts += fits
    assert len(starts) == CLIPS
    assert len(set(starts)) > CLIPS / 2


def test_a_mixture_is_the_sum_of_two_sounds_whose_amplitudes_are_the_shares(power, shares, rng):
    mixed, given = augmentation.mix(power, shares, 0.4, np.random.default_rng(3))
    twin = np.random.default_rng(3)
    part, other = twin.beta(0.4, 0.4, CLIPS), twin.permutation(CLIPS)
    expected = part[:, None, None] ** 2 * power + (1 - part[:, None, None]) ** 2 * power[other]
    np.testing.assert_allclose(mixed, expected, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(given, part[:, None] * shares + (1 - part[:, None]) * shares[other], atol=1e-6)


def test_mixed_decibels_are_the_weighted_mean_of_decibels(power, shares):
    mixed, given = augmentation.mix_decibels(power, shares, 0.4, np.random.default_rng(3))
    twin = np.random.default_rng(3)
    part, other = twin.beta(0.4, 0.4, CLIPS), twin.permutation(CLIPS)
    decibels = augmentation.decibels(power)
    expected = part[:, None, None] * decibels + (1 - part[:, None, None]) * decibels[other]
    np.testing.assert_allclose(10 * np.log10(mixed), expected, atol=1e-3)
    np.testing.assert_allclose(given, part[:, None] * shares + (1 - part[:, None]) * shares[other], atol=1e-6)


def test_an_expander_makes_what_is_weak_weaker_and_leaves_the_rest(rng):
    before = np.tile(np.arange(0, -80, -5, dtype=np.float32), (CLIPS, 1))
    power = 10 ** (before / 10)[:, :, None] * np.float32(0.1)  # what counts is the distance from the clip's maximum
    after = 10 * np.log10(augmentation.expand(power, 1.0, rng))[:, :, 0] + 10
    slopes = np.diff(after, axis=1) / -5
    np.testing.assert_allclose(after[:, :4], before[:, :4], atol=1e-3)
    np.testing.assert_allclose(slopes[:, -6:], slopes[:, -1:] + np.zeros((1, 6)), rtol=1e-3)
    assert slopes[:, -1].min() >= 1.499
    assert slopes[:, -1].max() <= 4.001
    assert np.all(np.diff(slopes, axis=1) > -1e-3)
    np.testing.assert_array_equal(augmentation.expand(power, 0.0, rng), power)


def test_moved_bands_leave_silence_behind(power):
    moved = augmentation.move_bands(power, 1, np.random.default_rng(0))
    up = [np.array_equal(b[1:], a[:-1]) and not b[0].any() for a, b in zip(power, moved, strict=True)]
    down = [np.array_equal(b[:-1], a[1:]) and not b[-1].any() for a, b in zip(power, moved, strict=True)]
    same = [np.array_equal(a, b) for a, b in zip(power, moved, strict=True)]
    assert sum(up) + sum(down) + sum(same) == CLIPS
    assert min(sum(up), sum(down), sum(same)) > 0


def gains(before, after):
    """A filter's gains in dB [shape=(clips, bands)]; the same in all frames."""
    db = 10 * np.log10(after / before)
    np.testing.assert_allclose(db, np.broadcast_to(db[:, :, :1], db.shape), atol=1e-3)
    return db[:, :, 0]


@pytest.fixture
def hum(power):
    """Sound in every cell."""
    return np.maximum(power, 1e-6)


def test_a_stretched_clip_is_a_part_played_at_up_to_an_eighth_of_its_speed(rng):
    rising = np.tile(np.arange(FRAMES, dtype=np.float32), (400, 3, 1))
    slow = augmentation.stretch(rising, 1.0, rng)
    speeds = np.diff(slow, axis=2)
    np.testing.assert_allclose(speeds, speeds[:, :1, :1] + np.zeros_like(speeds), atol=1e-4)
    assert 1 / 8.01 < speeds.min() < 1 / 7
    assert 0.9 < speeds.max() <= 1.0001
    assert slow.min() >= 0
    assert slow.max() <= FRAMES - 1
    assert np.median(speeds) == pytest.approx(8**-0.5, rel=0.15)  # on a logarithmic scale


def test_a_borrowed_style_is_a_mean_and_a_spread_for_each_band_between_two_clips(rng):
    levels = rng.normal(-40, 3, (2, BANDS, FRAMES)) + np.array([0, 15])[:, None, None]
    levels *= np.array([1.0, 0.5])[:, None, None]
    levels[:, 0, 0] = 0  # both clips' maximum
    decibels = augmentation.decibels((10 ** (levels / 10)).astype(np.float32))
    swapping = np.random.default_rng(3)  # its permutation changes the two
    styled = 10 * np.log10(augmentation.mix_style(10 ** (decibels / 10), 1.0, swapping))
    for measure in (np.mean, np.std):
        before, after = (measure(values[:, 1:], axis=2) for values in (decibels, styled))
        way = (after - before) / (before[::-1] - before)
        np.testing.assert_allclose(way, way[:, :1] + np.zeros_like(way), atol=0.1)
        assert 0 < way.min() < way.max() < 0.6
    unstyled = 10 * np.log10(augmentation.mix_style(10 ** (decibels / 10), 0.0, swapping))
    np.testing.assert_allclose(unstyled, decibels, atol=1e-3)


def test_silence_has_no_style_to_borrow(rng):
    clips = np.zeros((2, BANDS, FRAMES), dtype=np.float32)
    clips[0] = 1
    assert not augmentation.mix_style(clips, 1.0, rng)[1].any()


def test_a_tilt_is_a_straight_line_over_the_bands_of_the_given_spread(hum, rng):
    lines = gains(hum, augmentation.tilt(hum, 8.0, rng))
    np.testing.assert_allclose(np.diff(lines, n=2, axis=1), 0, atol=1e-3)
    assert np.std(lines[:, -1] - lines[:, 0]) == pytest.approx(8, rel=0.4)


def test_an_equaliser_is_a_smooth_curve_through_random_points(hum, rng):
    curves = gains(hum, augmentation.equalise(hum, 4.0, rng))
    assert np.abs(np.diff(curves, axis=1)).max() < 2
    assert curves[:, 0].std() == pytest.approx(4, rel=0.4)
    assert (curves.std(axis=1) > 0.5).all()


def test_a_band_limit_falls_by_three_decibels_a_band_outside_and_leaves_the_inside(hum, rng):
    limited = gains(hum, augmentation.limit_band(hum, 1.0, rng))
    steps = np.diff(limited, axis=1)
    assert set(np.round(steps).ravel()) <= {-3.0, 0.0, 3.0}
    np.testing.assert_allclose(limited[:, 16:64], 0, atol=1e-3)
    assert (limited[:, -1] < -3).mean() > 0.8


def test_a_room_adds_a_tail_that_falls_by_the_same_factor_in_each_frame(rng):
    click = np.zeros((CLIPS, 4, FRAMES), dtype=np.float32)
    click[:, :, 10] = 1
    wet = augmentation.reverberate(click, 1.0, rng)
    assert not wet[:, :, :10].any()
    np.testing.assert_array_equal(wet[:, :, 10], 1)
    falls = 10 * np.log10(wet[:, :, 11:19] / wet[:, :, 12:20])
    np.testing.assert_allclose(falls, falls[:, :1, :1] + np.zeros_like(falls), atol=1e-3)
    assert falls.min() >= 0.499
    assert falls.max() <= 4.001


def test_silence_leaves_one_stretch_of_at_least_a_fifth(hum, rng):
    cut = augmentation.silence(hum, 1.0, rng)
    sounds = cut.any(axis=1)
    np.testing.assert_array_equal(cut, hum * sounds[:, None])
    assert (np.abs(np.diff(np.pad(sounds, ((0, 0), (1, 1))).astype(int), axis=1)).sum(axis=1) == 2).all()
    assert sounds.sum(axis=1).min() >= 0.2 * FRAMES


def test_noise_is_stationary_and_as_loud_as_said(rng):
    tone = np.zeros((CLIPS, BANDS, FRAMES), dtype=np.float32)
    tone[:, 20] = 1
    noisy = augmentation.add_noise(tone, 1.0, rng)[:, 60:]
    means = noisy.mean(axis=2)
    np.testing.assert_allclose(noisy.std(axis=2) / means, 1, atol=0.6)  # as exponentially distributed power has it
    levels = 10 * np.log10(means.mean(axis=1))
    assert levels.min() > -95
    assert levels.max() < -10
    assert levels.std() > 5


@pytest.mark.parametrize("highest", [-50.0, -35.0])
def test_a_raised_floor_cuts_off_what_is_weaker(levels, rng, highest):
    decibels = features.dequantise(levels)
    raised = augmentation.raise_floor(decibels, 1.0, rng, highest)
    floors = raised.min(axis=(1, 2))
    assert floors.min() >= -80
    assert highest - 10 < floors.max() <= highest
    np.testing.assert_array_equal(raised, np.maximum(decibels, floors[:, None, None]))


@pytest.mark.parametrize("axis", [1, 2])
def test_a_mask_blanks_one_stretch_of_the_axis(axis, rng):
    masked = augmentation.mask(np.full((CLIPS, BANDS, FRAMES), -10.0, dtype=np.float32), axis, 20, rng)
    blank = (masked == -80).all(axis=3 - axis)
    np.testing.assert_array_equal((masked == -80).any(axis=3 - axis), blank)
    assert set(np.unique(masked)) == {-80.0, -10.0}
    assert (np.abs(np.diff(np.pad(blank, ((0, 0), (1, 1))).astype(int), axis=1)).sum(axis=1) <= 2).all()
    assert blank.sum(axis=1).max() <= 20
    assert len(set(blank.sum(axis=1))) > 5


@pytest.mark.parametrize("field", ["stretch", "band_limit", "reverberation", "silence", "noise", "raised_floor"])
def test_a_share_of_the_clips_is_changed(field, rng):
    levels = np.tile(np.arange(256, dtype=np.uint8)[:BANDS, None], (400, 1, 20))
    levels[:, :, ::3] = 255
    shares = np.eye(11, dtype=np.float32)[np.arange(400) % 11]
    changed, _ = augment(levels, shares, replace(Augmentation(), **{field: 0.5}), rng)
    different = np.abs(changed - features.dequantise(levels)).max(axis=(1, 2)) > 0.01
    assert different.mean() == pytest.approx(0.5, abs=0.1)
