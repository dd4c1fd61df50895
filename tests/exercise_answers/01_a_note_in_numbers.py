"""Tones that are known exactly, and what may be said about them."""

from __future__ import annotations

import numpy as np

from exercise_answers import Answer

SECONDS = np.arange(22_050) / 22_050
SINE = np.sin(2 * np.pi * 220 * SECONDS)


def tone(**levels: float) -> np.ndarray:
    """A sum of partials of 220 Hz: ``tone(p1=0.5, p3=0.2)``."""
    return sum(level * np.sin(2 * np.pi * 220 * int(name[1:]) * SECONDS) for name, level in levels.items())


TONE = tone(p1=0.4, p3=0.2, p5=0.1, p7=0.05)
# What lies an octave below makes it most like itself after two periods, as in the notebook's note.
MOMENT = sum(level * np.sin(2 * np.pi * hz * SECONDS[:441]) for hz, level in {155: 0.02, 310: 1, 930: 1}.items())
CLICKS = np.where(np.arange(22_050) % 5_000 == 0, 1.0, 0.0)  # a flat spectrum, with nothing for fine coefficients
NAMES = {
    "from_40": SINE,
    "from_13": -SINE,
    "moment": MOMENT,
    "repeats": {"40 MFCCs": 0.8, "13 MFCCs": 0.1},
}
ANSWERS = [
    Answer("note_pitch", 312, 6.2, "how many periods the picture shows"),
    Answer("note_pitch", 308, 0.0032, "length of one period"),
    Answer("note_pitch", 308, 3.2, "length of one period"),
    Answer("note_pitch", 310, 930, "each of its bumps"),
    Answer("note_pitch", 310, 155, "from one tall peak to another"),
    Answer("note_pitch", 310, 440, "from one tall peak to another"),
    Answer("my_tone", TONE, SINE, "a sine"),
    Answer("my_tone", TONE, TONE[:100], "row of 22,050 numbers"),
    Answer("my_tone", TONE, 3 * TONE, "beyond 1"),
    Answer("my_tone", TONE, np.zeros(22_050), "nothing at 220 Hz"),
    Answer("my_tone", TONE, tone(p1=0.4, p2=0.3, p3=0.2, p5=0.1, p7=0.05), "even multiple"),
    Answer("my_tone", TONE, tone(p1=0.4, p3=0.2, p5=0.1), "is missing"),
    Answer("my_tone", TONE, tone(p1=0.2, p3=0.2, p5=0.2, p7=0.2), "weaker than the one before"),
    Answer("resolution", (46.44, 21.53), (0.0464, 21.53), "milliseconds"),
    Answer("resolution", (46, 21.5), (21.5, 46), "other way round"),
    Answer("my_rebuilt", (CLICKS, TONE), (TONE, CLICKS), "other way round"),
    Answer("my_rebuilt", (CLICKS, TONE), (TONE, TONE), "Both are the same"),
    Answer("my_rebuilt", (CLICKS, TONE), (-SINE, SINE), "the clarinet's phrase again"),
    Answer("my_rebuilt", (CLICKS, TONE), (TONE[:100], TONE), "the same recording"),
    Answer("my_rebuilt", (CLICKS, TONE), (TONE.reshape(50, -1), TONE.reshape(50, -1)), "tables"),
]
