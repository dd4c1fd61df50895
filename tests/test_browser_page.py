"""The page of `course.py page`, in a real browser: no code, an example, a bad file, a song of more than 10 MB, a path,
and what other visitors get to see.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from browser import ELSEWHERE, PATIENCE

sys.path.insert(0, str(Path(__file__).parents[1]))
import course

_DURATION = """player => new Promise(go => player.duration ? go(player.duration)
                                                          : player.onloadedmetadata = () => go(player.duration))"""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """Where the server's kernels write for a while."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def address(serve, temporary):
    """Of the page, as `course.py` starts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        return serve(*course.PAGE)[0]


def visit(chromium, address):
    """The page as somebody who has never been there sees it, ready."""
    page = chromium.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_selector(".widget-vbox select")
    return page


@pytest.fixture
def page(chromium, address):
    """See `visit`."""
    page = visit(chromium, address)
    yield page
    page.context.close()


def upload(page, path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Upload").click()
    chosen.value.set_files(str(path))


def test_somebody_who_reads_no_code_gets_an_answer(page, write_wav, tone):
    from playwright.sync_api import expect

    said, player = page.get_by_role("status"), page.locator("audio")
    assert "import" not in page.inner_text("body")
    page.get_by_label("Example").select_option(index=1)
    expect(said).to_contain_text("Amber Harbour-1.wav, 5.0 s")
    assert player.evaluate(_DURATION) == pytest.approx(5)

    bad = write_wav("holiday.wav")
    bad.write_text("la la la")
    upload(page, bad)
    expect(page.get_by_role("alert")).to_contain_text("holiday.wav: no audio that can be decoded here")
    expect(player).to_have_count(0)

    song = write_wav("my song.wav", tone(130))
    assert song.stat().st_size > 11e6  # more than Jupyter's servers take in one message if not told to
    upload(page, song)
    expect(said).to_contain_text("my song.wav, 130.0 s")
    expect(page.get_by_alt_text("Waveform and probabilities of each second")).to_be_visible()
    assert player.evaluate(_DURATION) == pytest.approx(130)

    path = page.get_by_placeholder("path of a file")
    path.fill(str(write_wav("at home.wav")))
    path.press("Enter")
    expect(said).to_contain_text("at home.wav, 3.0 s")


def test_two_visitors_at_once_hear_their_own_recordings_alone(chromium, address, temporary, write_wav, tone):
    from playwright.sync_api import expect

    seconds = {"first": 40, "second": 20}
    pages = {name: visit(chromium, address) for name in seconds}
    for name, page in pages.items():
        upload(page, write_wav(f"{name}.wav", tone(seconds[name])))
    sounds = {}
    for name, page in pages.items():
        expect(page.get_by_role("status")).to_contain_text(f"{name}.wav, {seconds[name]:.1f} s")
        sounds[name] = page.locator("audio").get_attribute("src")
        assert page.locator("audio").evaluate(_DURATION) == pytest.approx(seconds[name])
    for name, other in (("first", "second"), ("second", "first")):
        assert f"{other}.wav" not in pages[name].content() and sounds[other] not in pages[name].content()
    third = visit(chromium, address)
    assert not third.get_by_role("status").count() and not third.locator("audio").count()
    for question in ("api/kernels", "api/sessions", "api/contents"):
        answer = third.context.request.get(f"{address}/{question}")
        assert not answer.ok, f"{question} is answered with {answer.text()}"
    assert not list(temporary.glob("irmas-upload*"))
    for page in (*pages.values(), third):
        page.context.close()


def takes_no_path(page) -> bool:
    said = "No file of this computer can be named here" in page.inner_text("body")
    boxes = page.get_by_placeholder("path of a file").count()
    page.context.close()
    return said and not boxes


def test_served_to_others_the_page_takes_no_path(chromium, serve):
    assert takes_no_path(visit(chromium, serve(*course.PAGE, "--Voila.ip=0.0.0.0")[0]))


def test_asked_for_by_another_name_the_page_takes_no_path(chromium, address):
    assert takes_no_path(visit(chromium, address.replace("localhost", ELSEWHERE)))
