"""What genres and instruments like: progressions, tempi, rhythms, registers, textures, grooves.

Tables alone. Genres are codes of `clips.GENRES`, instruments those of `instruments`, programs General MIDI's from 0.
"""

from __future__ import annotations

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
NUMERALS = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
QUALITIES = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "M7": (0, 4, 7, 11),
    "m7b5": (0, 3, 6, 10), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9),
}  # fmt: skip

# Four-bar progressions: a numeral a bar; small letters are minor chords.
PROGRESSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "cla": {
        "major": ("I IV V I", "I vi ii V", "I V I V7", "vi ii V7 I", "I iii IV V", "IV I V7 I", "I ii V7 vi"),
        "minor": ("i iv V7 i", "i bVI iv V", "i bVII bVI V", "iv i V7 i", "i V i V7", "bVI bIII iv V"),
    },
    "cou_fol": {
        "major": ("I I IV I", "I IV I V", "I V vi IV", "IV I V I", "I I V V", "vi IV I V"),
        "mixolydian": ("I bVII IV I", "I I bVII I", "I IV bVII I"),
        "dorian": ("i bVII i bVII", "i IV i bVII", "i i bVII i"),
    },
    "jaz_blu": {
        "major": ("iim7 V7 IM7 VI7", "IM7 vim7 iim7 V7", "iiim7 VI7 iim7 V7", "IM7 IV7 iiim7 VI7", "I6 I6 iim7 V7"),
        "dorian": ("im7 im7 IV7 IV7", "im7 bVII7 bVIM7 V7", "im6 im6 iim7b5 V7"),
        "blues": ("I7 I7 I7 I7", "IV7 IV7 I7 I7", "V7 IV7 I7 V7", "I7 IV7 I7 V7"),
    },
    "lat_sou": {
        "minor": ("i iv V7 i", "im7 iv7 V7 im7", "i bVII bVI V7", "i i V7 V7"),
        "major": ("I V7 V7 I", "I vi ii V7", "I IV V7 IV"),
    },
    "pop_roc": {
        "major": ("I V vi IV", "vi IV I V", "I IV vi V", "IV V I vi", "I vi IV V", "I iii IV V"),
        "minor": ("i bVI bIII bVII", "i bVII bVI bVII", "i iv bVI V", "i i bVI bVII"),
        "mixolydian": ("I bVII IV I", "I I bVII IV"),
    },
}
TEMPI = {"cla": (56, 144), "cou_fol": (76, 168), "jaz_blu": (64, 208), "lat_sou": (92, 176), "pop_roc": (66, 172)}
LOUDNESS = {
    "cla": (-200, -140), "cou_fol": (-170, -120), "jaz_blu": (-180, -120), "lat_sou": (-150, -110),
    "pop_roc": (-145, -100),
}  # fmt: skip
FORMS = ((0, 0, 1, 0), (0, 1, 0, 1), (0, 1, 1, 0), (0, 0, 1, 1))

# Cells of one to four beats of melody, by density, with their weights: lengths in ticks, a negative one is a rest.
CELLS: tuple[dict[tuple[int, ...], int], ...] = (
    {(960,): 6, (720, 240): 4, (480, 480): 3, (1440, 480): 2, (480,): 2},
    {(480,): 5, (240, 240): 5, (720, 240): 4, (960,): 2, (-240, 240): 1, (240, 480, 240): 2},
    {(240, 240): 5, (120, 120, 120, 120): 4, (240, 120, 120): 3, (160, 160, 160): 2, (360, 120): 2, (480,): 2},
)

# Where each program plays a single line best, within its class's range (lowest and highest MIDI note).
LINE_RANGES = {
    40: (57, 93), 42: (40, 71), 52: (50, 74), 53: (52, 77), 56: (56, 82), 59: (56, 81), 64: (58, 86), 65: (51, 79),
    66: (46, 74), 67: (38, 66), 71: (52, 86), 73: (62, 93), 24: (48, 77), 25: (48, 78), 26: (48, 79), 27: (48, 80),
    28: (45, 72), 29: (50, 82), 30: (50, 84), 68: (60, 86), 70: (38, 67), 57: (43, 69), 60: (45, 73), 46: (52, 86),
    105: (52, 79), 21: (57, 86), 104: (50, 74),
}  # fmt: skip
KEYBOARD_LINE = (60, 88)
CHORD_RANGES = {
    "gac": (43, 72), "gel": (43, 72), "org": (48, 76), "pia": (48, 79), "harp": (45, 76), "banjo": (50, 74),
    "accordion": (53, 76),
}  # fmt: skip

TEXTURES: dict[str, dict[str, int]] = {
    "cel": {"line": 70, "double": 15, "arpeggio": 15},
    "gac": {"arpeggio": 35, "strum": 30, "melody": 20, "line": 15},
    "gel": {"line": 40, "riff": 25, "strum": 15, "arpeggio": 20},
    "org": {"sustain": 25, "melody": 55, "comp": 20},
    "pia": {"melody": 50, "arpeggio": 25, "comp": 25},
    "vio": {"line": 80, "double": 20},
    "voi": {"line": 80, "double": 20},
    "harp": {"arpeggio": 55, "melody": 25, "line": 20},
    "banjo": {"arpeggio": 50, "strum": 25, "line": 25},
    "accordion": {"melody": 45, "line": 35, "comp": 20},
    "sitar": {"line": 100},
}
UNDER_MELODY = {
    "gac": ("arpeggio",), "harp": ("arpeggio",), "accordion": ("sustain", "comp"),
    "org": ("sustain", "sustain", "comp"), "pia": ("arpeggio", "comp", "arpeggio"),
}  # fmt: skip
PROGRAM_WEIGHTS: dict[str, dict[str, dict[int, int]]] = {
    "gac": {"cla": {24: 1}, "lat_sou": {24: 1}, "cou_fol": {25: 3, 24: 1}, "": {24: 1, 25: 1}},
    "gel": {"jaz_blu": {26: 4, 27: 2, 29: 1}, "cou_fol": {27: 3, 26: 2, 28: 1}, "": {27: 1, 28: 1, 29: 3, 30: 3}},
    "org": {
        "cla": {19: 3, 20: 1}, "cou_fol": {20: 2, 16: 1}, "jaz_blu": {16: 3, 17: 3, 18: 2, 19: 1},
        "": dict.fromkeys(range(16, 21), 1),
    },
    "pia": {"cla": {0: 3, 1: 1}, "": {0: 3, 1: 2, 2: 2, 3: 1}},
    "tru": {"jaz_blu": {56: 2, 59: 1}, "": {56: 4, 59: 1}},
}  # fmt: skip
VIBRATO = {
    "cel": (12, 30), "cla": (0, 6), "flu": (8, 24), "org": (0, 8), "sax": (8, 24), "tru": (4, 16), "vio": (14, 34),
    "voi": (18, 45), "gel": (0, 10), "oboe": (8, 24), "bassoon": (4, 16), "trombone": (2, 14), "horn": (0, 8),
}  # fmt: skip
SCOOPS = {"gel": 60, "sax": 50, "voi": 60, "tru": 30, "vio": 20}

# Programs that accompany: those of chords with how they play them, and basses.
BACKING_CHORDS: dict[str, dict[tuple[int, str], int]] = {
    "cla": {(48, "sustain"): 2, (0, "arpeggio"): 3, (6, "arpeggio"): 2, (46, "arpeggio"): 2, (19, "sustain"): 1},
    "cou_fol": {(25, "strum"): 4, (24, "arpeggio"): 2, (105, "arpeggio"): 2, (21, "sustain"): 1, (0, "comp"): 1},
    "jaz_blu": {(0, "comp"): 4, (26, "comp"): 3, (11, "comp"): 2, (16, "sustain"): 2, (4, "comp"): 1},
    "lat_sou": {(24, "strum"): 3, (0, "comp"): 3, (61, "comp"): 1, (4, "comp"): 1},
    "pop_roc": {
        (27, "strum"): 3, (25, "strum"): 2, (4, "comp"): 2, (89, "sustain"): 3, (29, "riff"): 2,
        (0, "comp"): 2, (16, "sustain"): 1,
    },
}  # fmt: skip
BASSES = {
    "cla": (43, 32), "cou_fol": (32, 33), "jaz_blu": (32, 32, 35), "lat_sou": (33, 32), "pop_roc": (33, 34, 36, 38),
}  # fmt: skip
BASS_RANGE = (29, 50)

# Of a bar of 4/4: (drum key, positions in semiquavers, velocity); in 3/4 the last beat falls away.
KICK, SNARE, STICK, CLOSED_HAT, OPEN_HAT = 36, 38, 37, 42, 46
RIDE, CRASH, CONGA_HIGH, CONGA_LOW, SHAKER = 51, 49, 63, 64, 70
GROOVES: dict[str, tuple[tuple[tuple[int, tuple[int, ...], int], ...], ...]] = {
    "pop_roc": (
        ((KICK, (0, 8), 105), (SNARE, (4, 12), 100), (CLOSED_HAT, tuple(range(0, 16, 2)), 70)),
        ((KICK, (0, 6, 8), 105), (SNARE, (4, 12), 104), (CLOSED_HAT, tuple(range(16)), 58)),
        ((KICK, (0, 4, 8, 12), 105), (SNARE, (4, 12), 92), (OPEN_HAT, (2, 6, 10, 14), 62)),
        ((KICK, (0, 10), 108), (SNARE, (4, 12), 105), (RIDE, tuple(range(0, 16, 2)), 74)),
    ),
    "jaz_blu": (
        ((RIDE, (0, 4, 6, 8, 12, 14), 82), (CLOSED_HAT, (4, 12), 66), (KICK, (0,), 56)),
        ((RIDE, (0, 4, 6, 8, 12, 14), 80), (SNARE, (6, 14), 44), (CLOSED_HAT, (4, 12), 66)),
        ((KICK, (0, 8), 84), (SNARE, (4, 12), 84), (CLOSED_HAT, (0, 4, 6, 8, 12, 14), 66)),
    ),
    "cou_fol": (
        ((KICK, (0, 8), 92), (SNARE, (4, 12), 78), (SHAKER, tuple(range(0, 16, 2)), 56)),
        ((KICK, (0, 8), 86), (STICK, (4, 12), 84), (CLOSED_HAT, tuple(range(0, 16, 2)), 56)),
    ),
    "lat_sou": (
        ((KICK, (0, 6, 8, 14), 88), (STICK, (0, 6, 12), 84), (CONGA_HIGH, (4, 10), 84), (CONGA_LOW, (12, 14), 88)),
        ((KICK, (0, 8), 84), (SHAKER, tuple(range(16)), 56), (CONGA_HIGH, (4, 6), 86), (CONGA_LOW, (12, 14), 90)),
    ),
}  # fmt: skip
GROOVES["cla"] = GROOVES["cou_fol"]
