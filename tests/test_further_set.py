"""Eight further instruments: songs with a folder of their own, genres alike, the same sound each time."""

import io
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from test_soundfont import INSTRUMENT, SAMPLE, zones_of

from irmas_helpers.errors import DatasetError
from irmas_helpers.instruments import CODES
from irmas_helpers.rendered import further_set, practice_set, soundfont_player
from irmas_helpers.rendered.orchestra import FURTHER, PLAYERS
from irmas_helpers.rendered.synthesis import excerpt_rms, stems


def test_every_instrument_has_as_many_songs_each_with_a_folder_and_half_of_them_alone():
    takes = further_set.takes()
    assert Counter(take.instruments[0] for take in takes) == {each.code: 24 for each in FURTHER}
    folders = [{path.rpartition("/")[0] for excerpt in take.excerpts for path in excerpt.paths} for take in takes]
    assert all(len(found) == 1 for found in folders)
    assert len(set().union(*folders)) == len(takes) == len({take.seed for take in takes})
    assert Counter(take.alone for take in takes) == {True: 96, False: 96}


def test_no_instrument_is_known_by_its_genre():
    genres = {each.code: Counter() for each in FURTHER}
    for take in further_set.takes():
        genres[take.instruments[0]][take.genre] += 1
    assert len({tuple(sorted(count.items())) for count in genres.values()}) == 1


def test_none_of_them_is_one_of_the_eleven_and_none_plays_its_programs():
    assert not {each.code for each in FURTHER} & set(CODES)
    programs = [program for each in PLAYERS.values() for program in each.programs]
    assert len(set(programs)) == len(programs)


def test_a_song_alone_has_no_accompaniment_and_every_excerpt_sounds():
    for take in further_set.takes()[::12]:
        song, starts = practice_set._composed(take)
        lead, backing = stems(song, starts[0], 3)
        assert excerpt_rms(lead) > 1e-3
        assert (excerpt_rms(backing) < 1e-6) == take.alone
        low, high = PLAYERS[take.instruments[0]].pitch_range
        assert all(low <= note.pitch <= high for note in song.leads[0].notes)


def test_a_take_is_the_same_each_time_and_lossless(tmp_path):
    take = further_set.takes()[0]
    first, second = (practice_set._render_take(tmp_path / name, take) for name in "ab")
    digests = [{path: digest for path, (_, _, digest) in files.items()} for files in (first, second)]
    assert digests[0] == digests[1]
    sound, rate = soundfile.read(io.BytesIO((tmp_path / "a" / take.excerpts[0].paths[0]).read_bytes()), dtype="int16")
    assert (rate, sound.shape) == (44_100, (3 * 44_100, 2))
    song, starts = practice_set._composed(take)
    np.testing.assert_array_equal(sound, practice_set.render(song, starts[0], 3))


def test_banks_take_turns_with_each_instrument_alone_and_accompanied():
    takes = further_set.takes(["b.sf2", "c.sf2"])
    shares = Counter((take.instruments[0], take.alone, take.bank) for take in takes)
    assert len(shares) == 8 * 2 * 3 and set(shares.values()) == {4}
    assert [replace(take, bank="") for take in takes] == list(further_set.takes())


def test_a_take_is_played_by_its_bank(tmp_path):
    take = replace(further_set.takes()[0], excerpts=further_set.takes()[0].excerpts[:1])
    own, silent = soundfont_player.find_general_midi(), tmp_path / "silent.sf2"
    zones_of(silent, [{INSTRUMENT: 0}], [{SAMPLE: 0}])
    files = {name: practice_set._render_take(tmp_path / name, replace(take, bank=bank))
             for name, bank in {"default": "", "same": str(own), "silent": str(silent)}.items()}  # fmt: skip
    digests = {name: [digest for _, _, digest in each.values()] for name, each in files.items()}
    assert digests["default"] == digests["same"] != digests["silent"]


def test_a_bank_that_is_not_there_or_lacks_an_instrument_is_named(tmp_path):
    zones_of(tmp_path / "small.sf2", [{INSTRUMENT: 0}], [{SAMPLE: 0}])
    for name, why in {"none.sf2": "no such file", "small.sf2": "no oboe in it; give a bank with all"}.items():
        with pytest.raises(DatasetError, match=rf"{name}: {why}"):
            further_set.folder(tmp_path / "set", banks=[tmp_path / name])
    assert not (tmp_path / "set").exists()
