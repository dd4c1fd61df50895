"""Plans the rendered set: which songs it has, what their clips are called, and IRMAS's quirks in small.

Class sizes, genres, drum tags and recording numbers follow the counts of the real training set; the testing part has
songs of its own. Nothing is composed or rendered here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..data.clips import OFFICIAL_CLIPS, OFFICIAL_RECORDINGS, SAME_AUDIO, ClipName
from ..instruments import CODES
from .dice import Dice

TRAINING, TESTING = "IRMAS-TrainingData", "IRMAS-TestingData-Part1"
EXCERPT_SECONDS = 3
EXCERPTS = 3  # of most songs


@dataclass(frozen=True)
class SetPlan:
    """How large a rendered set is, and its seed."""

    seed: int = 2012  # every song, name and recording follows from it
    clips: int = 655  # about so many for training; the classes share them as in IRMAS, with at least two each
    testing: int = 40  # excerpts


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a song, and the relative paths of the wavs that hold it: several where IRMAS repeats itself."""

    seconds: int
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Take:
    """One song to compose, and the excerpts to render from it."""

    seed: tuple[int, ...]  # the song's own
    instruments: tuple[str, ...]  # codes of its leads
    genre: str  # a code of `clips.GENRES`
    drums: bool  # whether drums play
    excerpts: tuple[Excerpt, ...]  # in the order of the song
    alone: bool = field(default=False, repr=False)  # whether nobody accompanies
    bank: str = field(default="", repr=False)  # the SoundFont file that plays it; empty for the course's own


# Genres by instrument, as counted over the development part of the real training set.
GENRE_WEIGHTS: dict[str, dict[str, int]] = {
    "cel": {"cla": 200, "jaz_blu": 20, "pop_roc": 107},
    "cla": {"cla": 160, "jaz_blu": 99, "pop_roc": 121},
    "flu": {"cla": 128, "cou_fol": 33, "jaz_blu": 96, "pop_roc": 119},
    "gac": {"cla": 110, "cou_fol": 46, "jaz_blu": 84, "pop_roc": 254},
    "gel": {"cla": 6, "cou_fol": 51, "jaz_blu": 197, "pop_roc": 358},
    "org": {"cou_fol": 3, "jaz_blu": 305, "pop_roc": 239},
    "pia": {"cla": 211, "cou_fol": 11, "jaz_blu": 260, "pop_roc": 109},
    "sax": {"cla": 177, "cou_fol": 3, "jaz_blu": 215, "pop_roc": 120},
    "tru": {"cla": 136, "jaz_blu": 205, "pop_roc": 131},
    "vio": {"cla": 197, "cou_fol": 29, "jaz_blu": 110, "pop_roc": 122},
    "voi": {"cou_fol": 204, "jaz_blu": 36, "lat_sou": 27, "pop_roc": 349},
}
TAG_WEIGHTS: dict[str, dict[str, int]] = {
    "cla": {"": 856, "nod": 466},
    "cou_fol": {"dru": 185, "nod": 195},
    "jaz_blu": {"": 1397, "dru": 179, "nod": 51},
    "lat_sou": {"dru": 27},
    "pop_roc": {"": 1639, "dru": 336, "nod": 48},
}
# In how many of a hundred songs that are not tagged there are drums.
UNTAGGED_DRUMS = {"cla": 0, "cou_fol": 35, "jaz_blu": 65, "lat_sou": 90, "pop_roc": 80}

# Each class has its stretch of numbers, as in IRMAS.
FIRST_NUMBERS = dict(zip(CODES, (1, 150, 347, 520, 860, 1037, 1281, 1563, 1870, 2079, 2288), strict=True))

# Recordings under two numbers, by their first clips' names without tags; the last pair contradicts itself.
TWINS: tuple[tuple[ClipName, ClipName], ...] = (
    (ClipName("gac", "cou_fol", "0670", 1), ClipName("gac", "cou_fol", "0774", 1)),
    (ClipName("gel", "cou_fol", "0675", 1), ClipName("gel", "cou_fol", "0760", 1)),
    (ClipName("vio", "cla", "2222", 1), ClipName("vio", "cla", "2279", 1)),
    (ClipName("voi", "pop_roc", "2311", 1), ClipName("voi", "pop_roc", "2312", 1)),
    (ClipName("gac", "cou_fol", "0672", 1), ClipName("gel", "cou_fol", "0757", 1)),
)
# Classes in which one recording has the same clips with the prefix and without it.
TWICE_NAMED = ("pia", "vio")
UNKNOWN_DRUMS = 2  # songs of electric guitar tagged [---]
SMALLEST_WITH_QUIRKS = 10  # recordings that a class needs to hold twins

# Testing excerpts: lengths of forty, leads a song, and how often each instrument is heard.
TEST_SECONDS = (
    5, 5, 6, 5, 7, 5, 5, 8, 5, 6, 5, 5, 10, 5, 5, 7, 5, 6, 5, 20, 5, 5, 7, 5, 6, 5, 5, 10, 5, 6, 5, 5,
    8, 5, 7, 5, 6, 5, 14, 5,
)  # fmt: skip
TEST_LEADS = (1, 2, 1, 2, 3, 2, 1)
TEST_WEIGHTS = {
    "cel": 111, "cla": 62, "flu": 163, "gac": 535, "gel": 942, "org": 361, "pia": 995, "sax": 326, "tru": 167,
    "vio": 211, "voi": 1044,
}  # fmt: skip
TITLES = (
    "Amber Harbour", "Lantern Street", "Two Left Shoes", "Café del Río", "Paper Boats", "Northbound",
    "Salt and Rosemary", "The Tin Roof Waltz", "Quiet Engines", "Saturday Bread", "Under the Viaduct",
    "Blue Enamel", "Orchard Rain", "Nine Small Windows", "Copper Kettle", "Late Ferry",
)  # fmt: skip
PLAYERS = ("", "The Low Tide Trio - ", "", "Marrow & Pine - ")


def takes(plan: SetPlan) -> tuple[Take, ...]:
    """Every song of a rendered set: the training songs class by class, then twins, then testing songs.

    Examples
    --------
    >>> songs = takes(SetPlan(clips=22, testing=2))
    >>> songs[0].instruments, songs[0].excerpts[0].paths
    (('cel',), ('IRMAS-TrainingData/cel/[cel][cla]0001__1.wav',))
    """
    twins = [pair for pair in TWINS if all(_recordings(plan, name.instrument) >= SMALLEST_WITH_QUIRKS for name in pair)]
    training = [take for code in CODES for take in _class_takes(plan, code, twins)]
    return (*training, *(_twin_take(plan, pair) for pair in twins), *_testing_takes(plan))


def _clips(plan: SetPlan, code: str) -> int:
    return max(round(OFFICIAL_CLIPS[code] * plan.clips / sum(OFFICIAL_CLIPS.values())), 2)


def _recordings(plan: SetPlan, code: str) -> int:
    """Recordings of a class: a few more than IRMAS's three clips a recording would give."""
    share = OFFICIAL_RECORDINGS[code] / sum(OFFICIAL_RECORDINGS.values())
    return max(round(share * plan.clips / 2.85), 1)


def _class_takes(plan: SetPlan, code: str, twins: list[tuple[ClipName, ClipName]]) -> list[Take]:
    """The songs of one class but those that go by two numbers."""
    dice = Dice(plan.seed, CODES.index(code))
    reserved = sum(name.instrument == code for pair in twins for name in pair)
    sizes = _sizes(dice, _recordings(plan, code) - reserved, _clips(plan, code) - reserved * EXCERPTS)
    doubled = code in TWICE_NAMED and len(sizes) >= SMALLEST_WITH_QUIRKS
    if doubled:  # its second set of names takes the place of another recording
        sizes = [EXCERPTS, *_sizes(dice, len(sizes) - 2, sum(sizes) - 2 * EXCERPTS)]
    unknown = UNKNOWN_DRUMS if code == "gel" else 0
    genres = _shared_out(dice, GENRE_WEIGHTS[code], len(sizes))
    number, found = FIRST_NUMBERS[code], []
    for index, (size, genre) in enumerate(zip(sizes, genres, strict=True)):
        number = _free(number)
        tag = dice.weighted(TAG_WEIGHTS[genre])
        if doubled and index == 0:
            tag = tag or "nod"
        elif unknown and genre == "pop_roc":
            tag, unknown = "---", unknown - 1
        untagged = ClipName(code, genre, f"{number:04d}", 1)
        names = [_tagged(dice, untagged, tag)] + ([untagged] if doubled and index == 0 else [])
        found.append(_take(plan, dice, names, size))
        number += dice.between(1, 3)
    return found


def _shared_out(dice: Dice, weights: dict[str, int], count: int) -> list[str]:
    """So many keys in the proportions of their weights, in random order, so that chance leaves out nothing rare."""
    every = [key for key, weight in weights.items() for _ in range(weight)]
    left = [every[(2 * n + 1) * len(every) // (2 * count)] for n in range(count)]
    return [left.pop(dice.below(len(left))) for _ in range(count)]


def _sizes(dice: Dice, recordings: int, clips: int) -> list[int]:
    """Excerpts of each recording: three of most, two or one of as many as the class's size asks for."""
    sizes = [EXCERPTS] * max(recordings, -(-clips // EXCERPTS))
    while sum(sizes) > clips:
        index = dice.below(len(sizes))
        if sizes[index] > (2 if dice.chance(80) else 1):
            sizes[index] -= 1
    return sizes


def _free(number: int) -> int:
    """The next number that is none of those which share audio in IRMAS."""
    while f"{number:04d}" in SAME_AUDIO or f"{number:04d}" in SAME_AUDIO.values():
        number += 1
    return number


def _tagged(dice: Dice, name: ClipName, tag: str) -> ClipName:
    """A name with its drum tag, and with the prefix that goes with one."""
    return replace(name, drums=tag, prefix=f"{dice.between(1, 265):03d}" if tag else "")


def _twin_take(plan: SetPlan, pair: tuple[ClipName, ClipName]) -> Take:
    dice = Dice(plan.seed, 50, int(pair[0].recording))
    tag = dice.weighted(TAG_WEIGHTS[pair[0].genre])
    return _take(plan, dice, [_tagged(dice, name, tag) for name in pair], EXCERPTS)


def _take(plan: SetPlan, dice: Dice, names: list[ClipName], size: int) -> Take:
    """A song with `size` excerpts, each under all names; they are given for the first."""
    first = names[0]
    drums = first.drums == "dru" or (first.drums in ("", "---") and dice.chance(UNTAGGED_DRUMS[first.genre]))
    excerpts = tuple(
        Excerpt(
            EXCERPT_SECONDS,
            tuple(f"{TRAINING}/{name.instrument}/{replace(name, excerpt=number)}" for name in names),
        )
        for number in range(1, size + 1)
    )
    return Take((plan.seed, 100 + int(first.recording)), (first.instrument,), first.genre, drums, excerpts)


def _testing_takes(plan: SetPlan) -> list[Take]:
    """Songs of the testing part, two or three excerpts each."""
    dice, made = Dice(plan.seed, 60), 0
    found: list[Take] = []
    while made < plan.testing:
        number = len(found)
        size = min(2 if number % 2 else 3, plan.testing - made)
        codes = _leads(dice, TEST_LEADS[number % len(TEST_LEADS)])
        genre = dice.weighted(GENRE_WEIGHTS[codes[0]])
        title = f"{number + 1:02d}. {PLAYERS[number % len(PLAYERS)]}{TITLES[number % len(TITLES)]}"
        excerpts = tuple(
            Excerpt(TEST_SECONDS[(made + n) % len(TEST_SECONDS)], (f"{TESTING}/Part1/{title}-{n + 1}.wav",))
            for n in range(size)
        )
        drums = dice.chance(UNTAGGED_DRUMS[genre])
        found.append(Take((plan.seed, 10_000 + number), codes, genre, drums, excerpts))
        made += size
    return found


def _leads(dice: Dice, count: int) -> tuple[str, ...]:
    """Different instruments, as often as IRMAS's testing labels name them."""
    weights, chosen = dict(TEST_WEIGHTS), []
    for _ in range(count):
        chosen.append(dice.weighted(weights))
        del weights[chosen[-1]]
    return tuple(chosen)


def label_text(take: Take, excerpt: int) -> str:
    """The ``.txt`` beside an excerpt (from 0) of a testing song: a code a line, many with a trailing tab, as in IRMAS.

    Examples
    --------
    >>> label_text(Take((1,), ("pia", "voi"), "cla", False, ()), 0)
    'pia\\t\\nvoi\\t\\n'
    """
    end = "\t\n" if excerpt % 3 != 2 else "\n"
    return "".join(code + end for code in take.instruments)
