"""The eleven instruments of IRMAS: the only place that lists them, and what other classes are called and look like.

The order is IRMAS's own (alphabetical by code) and is the order of the outputs of every network that was trained on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle


@dataclass(frozen=True)
class Instrument:
    """One of the eleven classes.

    Families share a hue; neighbours differ in lightness, so that the pairs stay apart for colour-blind readers and in
    print.
    """

    code: str  # IRMAS's three letters, also the name of the class folder
    name: str  # in plain English
    colour: str  # in every figure, in hex
    programs: tuple[int, ...]  # General MIDI's, from 0, that stand for the class in the rendered set
    pitch_range: tuple[int, int]  # lowest and highest MIDI note that it commonly plays (middle C is 60)


INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument("cel", "cello", "#882255", (42,), (36, 76)),
    Instrument("cla", "clarinet", "#117733", (71,), (50, 91)),
    Instrument("flu", "flute", "#44AA99", (73,), (60, 96)),
    Instrument("gac", "acoustic guitar", "#DDAA33", (24, 25), (40, 83)),
    Instrument("gel", "electric guitar", "#EE7733", (26, 27, 28, 29, 30), (40, 86)),
    Instrument("org", "organ", "#332288", (16, 17, 18, 19, 20), (36, 96)),
    Instrument("pia", "piano", "#4477AA", (0, 1, 2, 3), (28, 103)),
    Instrument("sax", "saxophone", "#999933", (64, 65, 66, 67), (37, 88)),
    Instrument("tru", "trumpet", "#661100", (56, 59), (54, 86)),
    Instrument("vio", "violin", "#CC6677", (40,), (55, 100)),
    Instrument("voi", "human singing voice", "#66CCEE", (52, 53), (45, 81)),
)

CODES: tuple[str, ...] = tuple(instrument.code for instrument in INSTRUMENTS)
NAMES: dict[str, str] = {instrument.code: instrument.name for instrument in INSTRUMENTS}
COLOURS: dict[str, str] = {instrument.code: instrument.colour for instrument in INSTRUMENTS}
BY_CODE: dict[str, Instrument] = {instrument.code: instrument for instrument in INSTRUMENTS}


def label_indices(codes: Iterable[str], classes: Sequence[str] = CODES) -> list[int]:
    """Positions of classes in a network's outputs, by default those of the eleven; a `KeyError` if a class is none.

    Examples
    --------
    >>> label_indices(["cel", "voi"])
    [0, 10]
    """
    position = {code: index for index, code in enumerate(classes)}
    return [position[code] for code in codes]


def name_of(code: str) -> str:
    """What a class is called in a sentence: one of the eleven by its name, any other as its folder is called.

    Examples
    --------
    >>> name_of("cel"), name_of("my oboe")
    ('cello', 'my oboe')
    """
    return NAMES.get(code, code)


def colours_of(classes: Sequence[str]) -> dict[str, str]:
    """A colour for each class of a network: the eleven keep theirs, the others take what is free, in order.

    Examples
    --------
    >>> colours_of(("oboe", "cel"))
    {'oboe': '#117733', 'cel': '#882255'}
    """
    free = cycle([COLOURS[code] for code in CODES if code not in classes] or COLOURS.values())
    return {each: COLOURS.get(each) or next(free) for each in classes}
