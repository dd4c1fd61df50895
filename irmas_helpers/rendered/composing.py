"""Composes a song of the rendered set from a seed, in whole numbers.

Everything is decided by integers from `Dice`, and every time is a whole number of ticks: the same seed gives the same
score on every machine. What it sounds like is `synthesis`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence

from .arranging import backing, lead
from .dice import Dice
from .harmony import lead_sheet
from .score import Recording, Song
from .styles import LOUDNESS


def compose(seed: Sequence[int], instruments: Sequence[str], genre: str, drums: bool) -> Song:
    """Compose a song and choose how it is recorded.

    Parameters
    ----------
    seed : sequence of int
        Non-negative; the song's own stream of random numbers.
    instruments : sequence of str
        Codes of the lead instruments, the first with the melody.
    genre : str
        A code of `clips.GENRES`.
    drums : bool
        Whether drums play.

    Returns
    -------
    Song
        The same for the same arguments, on every machine.
    """
    sheet = lead_sheet(Dice(*seed, 0), genre)
    leads = tuple(lead(Dice(*seed, 1, n), sheet, code, n) for n, code in enumerate(instruments))
    dice = Dice(*seed, 2)
    return Song(
        bpm=sheet.bpm,
        ticks=len(sheet.bars) * sheet.bar_ticks,
        leads=leads,
        backing=backing(Dice(*seed, 3), sheet, instruments, drums),
        backing_ddb=dice.between(40, 145),
        recording=_recording(dice, genre),
    )


def _recording(dice: Dice, genre: str) -> Recording:
    """Draw a recording: from an old, dull, roomy one to a close, bright one."""
    bumps = tuple((dice.pick((160, 300, 500, 800, 1200, 1900, 3000, 4800)), dice.between(-30, 30)) for _ in range(3))
    return Recording(
        tilt_ddb=dice.between(-40, 25),
        bumps=bumps,
        low_cut_hz=dice.pick((25, 30, 40, 50, 70, 100)),
        high_cut_hz=dice.pick((9000, 13_000, 16_000, 18_000, 19_000)),
        reverb_ms=dice.pick((250, 350, 500, 700, 1000, 1400, 2000)),
        wet_ddb=dice.between(-220, -70),
        noise_ddb=dice.between(-620, -430),
        drive_percent=dice.pick((0, 0, 20, 50, 90)),
        width_percent=dice.pick((0, 40, 70, 100, 100, 130)),
        loudness_ddb=dice.between(*LOUDNESS[genre]),
        tuning_cents=dice.between(-25, 25),
        seed=dice.below(1 << 32),
    )
