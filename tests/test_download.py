"""Downloads, against a server on this machine that breaks off, throttles, and sends what it should not."""

from __future__ import annotations

import hashlib
import io
import shutil
import ssl
import stat
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import odd_zips
import pytest

from irmas_helpers.data import download
from irmas_helpers.data.download import Archive, Patience
from irmas_helpers.errors import DownloadError

PIECE = download._CHUNK
WAV = b"RIFF" + bytes(range(256)) * 4_000  # about a megabyte, stored as it is
CLIPS = {"IRMAS-TrainingData/README.txt": b"read me", "IRMAS-TrainingData/cel/[cel][cla]0001__1.wav": WAV}


def zip_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return buffer.getvalue()


@dataclass
class Zenodo:
    """What the server on localhost sends, and what it was asked for."""

    body: bytes = b""
    ranges: bool = True
    troubles: list[tuple] = field(default_factory=list)  # first answers: ("break", bytes) or (status, headers)
    asked: list[str | None] = field(default_factory=list)  # the Range header of each request
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers["Range"]
        self.asked.append(wanted)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and trouble[0] != "break":
            self.refuse(handler, *trouble)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start >= len(self.body):
            self.refuse(handler, 416, {"Content-Range": f"bytes */{len(self.body)}"})
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        handler.send_header("Content-Length", str(len(self.body) - start))
        handler.end_headers()
        handler.wfile.write(self.body[start : start + trouble[1] if trouble else None])

    @staticmethod
    def refuse(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def running(server: Zenodo, certificate: Path | None = None):
    """The server at an address of its own, at https with the certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *_):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.url = f"http{'s' if certificate else ''}://127.0.0.1:{httpd.server_port}/{{file}}"
    yield
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def zenodo(monkeypatch):
    """A server that holds a small training zip; `download` knows it by the real names."""
    server = Zenodo(zip_of(CLIPS))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(server):
        monkeypatch.setattr(download, "ARCHIVES", (training_zip(server),))
        yield server


def training_zip(server: Zenodo) -> Archive:
    md5 = hashlib.md5(server.body).hexdigest()
    size = len(server.body)
    return Archive("training", "IRMAS-TrainingData.zip", md5, size, size, "IRMAS-TrainingData", 1, server.url)


def serve(monkeypatch, server: Zenodo, body: bytes) -> None:
    """Let the server hold another zip, with its right MD5."""
    server.body = body
    monkeypatch.setattr(download, "ARCHIVES", (training_zip(server),))


class Waits(list):
    """The seconds that were waited, without waiting."""

    @property
    def patience(self) -> Patience:
        return Patience(tries=4, first_wait=1.0, longest_wait=100.0, sleep=self.append)


def fetch(folder: Path, waits: Waits | None = None, **options) -> Path:
    patience = (Waits() if waits is None else waits).patience
    return download.fetch("training", folder, progress=False, patience=patience, **options)


def files_below(folder: Path) -> set[str]:
    """Files in a folder but the lock's, relative to it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {path.relative_to(folder).as_posix() for path in paths}


def one_line(error: pytest.ExceptionInfo) -> str:
    """The message, which is one line that says how to do it by hand."""
    message = str(error.value)
    assert "\n" not in message
    assert "by hand: download http://127.0.0.1" in message
    assert message.endswith("IRMAS-TrainingData") and "then set IRMAS_DATA=" in message
    return message


# What is fetched


def test_the_four_zips_are_those_of_zenodo():
    assert {(archive.name, archive.file, archive.md5) for archive in download.ARCHIVES} == {
        ("training", "IRMAS-TrainingData.zip", "4fd9f5ed5a18d8e2687e6360b5f60afe"),
        ("testing1", "IRMAS-TestingData-Part1.zip", "5a2e65520dcedada565dff2050bb2a56"),
        ("testing2", "IRMAS-TestingData-Part2.zip", "afb0c8ea92f34ee653693106be95c895"),
        ("testing3", "IRMAS-TestingData-Part3.zip", "9b3fb2d0c89cdc98037121c25bd5b556"),
    }
    assert sum(archive.wavs for archive in download.ARCHIVES) == 6_705 + 2_874
    url = "https://zenodo.org/records/1290750/files/IRMAS-TestingData-Part2.zip?download=1"
    assert download.find("testing2").url == url


def test_short_and_full_names_are_the_same_and_others_are_refused_with_the_choice():
    assert download.find("testing3") is download.find("IRMAS-TestingData-Part3.zip")
    with pytest.raises(DownloadError, match=r"testing4.*training, testing1, testing2, testing3"):
        download.fetch("testing4")


def test_a_zip_is_fetched_checked_and_unpacked(zenodo, tmp_path):
    folder = fetch(tmp_path)
    assert folder == tmp_path / "IRMAS-TrainingData"
    assert (folder / "cel" / "[cel][cla]0001__1.wav").read_bytes() == WAV
    assert files_below(tmp_path) == set(CLIPS) | {"IRMAS-TrainingData.zip"}


def test_the_cache_folder_is_the_default_and_progress_is_shown(zenodo, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))
    assert download.fetch("training") == tmp_path / "cache" / "IRMAS-TrainingData"
    shown = capsys.readouterr().err
    assert "IRMAS-TrainingData.zip: 100%" in shown and "unpacking IRMAS-TrainingData: 100%" in shown


def test_the_zip_is_removed_on_request(zenodo, tmp_path):
    fetch(tmp_path, keep_zip=False)
    assert files_below(tmp_path) == set(CLIPS)


def test_a_second_call_does_not_touch_the_net(zenodo, tmp_path):
    first = fetch(tmp_path, keep_zip=False)
    assert fetch(tmp_path) == first
    assert zenodo.asked == [None]


def test_a_zip_fetched_by_hand_is_used(zenodo, tmp_path):
    (tmp_path / "IRMAS-TrainingData.zip").write_bytes(zenodo.body)
    assert fetch(tmp_path).is_dir()
    assert zenodo.asked == []


def test_a_broken_zip_in_its_place_is_fetched_anew(zenodo, tmp_path):
    (tmp_path / "IRMAS-TrainingData.zip").write_bytes(b"half of it")
    assert fetch(tmp_path).is_dir()
    assert zenodo.asked == [None]


def test_a_folder_with_too_few_clips_is_refused_and_left_alone(zenodo, tmp_path):
    (tmp_path / "IRMAS-TrainingData").mkdir()
    with pytest.raises(DownloadError, match="holds 0 of 1 wavs: move it away") as error:
        fetch(tmp_path)
    assert one_line(error)
    assert (tmp_path / "IRMAS-TrainingData").is_dir() and zenodo.asked == []


# Breaking off and going on


def test_a_broken_download_goes_on_where_it_stopped(zenodo, tmp_path):
    zenodo.troubles = [("break", 20 * PIECE), ("break", 10 * PIECE)]
    waits = Waits()
    assert fetch(tmp_path, waits).is_dir()
    assert zenodo.asked == [None, f"bytes={20 * PIECE}-", f"bytes={30 * PIECE}-"]
    assert waits == [1.0, 2.0]
    assert not (tmp_path / "IRMAS-TrainingData.zip.part").exists()


def test_what_has_come_is_kept_for_the_next_call(zenodo, tmp_path):
    zenodo.troubles = [("break", PIECE)] * 4
    with pytest.raises(DownloadError, match=r"the connection failed \(\w+\), 4 times") as error:
        fetch(tmp_path)
    assert "what has come is kept" in one_line(error)
    assert (tmp_path / "IRMAS-TrainingData.zip.part").read_bytes() == zenodo.body[: 4 * PIECE]
    assert fetch(tmp_path).is_dir()
    assert zenodo.asked[-1] == f"bytes={4 * PIECE}-"


def test_tries_that_bring_something_do_not_count(zenodo, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_MOVED_ON", 5 * PIECE)
    zenodo.troubles = [("break", 5 * PIECE)] * 9
    waits = Waits()
    assert fetch(tmp_path, waits).is_dir()
    assert waits == [1.0] * 9


def test_a_server_without_ranges_is_read_from_the_start_again(zenodo, tmp_path):
    zenodo.ranges = False
    zenodo.troubles = [("break", 20 * PIECE)]
    assert fetch(tmp_path).is_dir()
    assert zenodo.asked == [None, f"bytes={20 * PIECE}-"]


def test_a_part_that_is_whole_already_is_taken_as_it_is(zenodo, tmp_path):
    (tmp_path / "IRMAS-TrainingData.zip.part").write_bytes(zenodo.body)
    assert fetch(tmp_path).is_dir()
    assert zenodo.asked == [f"bytes={len(zenodo.body)}-"]


def test_a_part_longer_than_the_file_is_thrown_away(zenodo, tmp_path):
    (tmp_path / "IRMAS-TrainingData.zip.part").write_bytes(zenodo.body + b"more")
    assert fetch(tmp_path).is_dir()
    assert zenodo.asked == [f"bytes={len(zenodo.body) + 4}-", None]


def test_no_server_at_all_is_given_up_after_some_tries(zenodo, tmp_path, monkeypatch):
    nobody = replace(training_zip(zenodo), url_template="http://127.0.0.1:9/{file}")
    monkeypatch.setattr(download, "ARCHIVES", (nobody,))
    waits = Waits()
    with pytest.raises(DownloadError, match=r"connection failed \(ConnectionError\), 4 times") as error:
        fetch(tmp_path, waits)
    assert one_line(error)
    assert waits == [1.0, 2.0, 4.0]


def test_a_certificate_that_a_proxy_put_in_place_ends_it_at_once_and_the_cure_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    certificate, server, waits = Path(__file__).with_name("nobodys_certificate.pem"), Zenodo(zip_of(CLIPS)), Waits()
    with running(server, certificate):
        monkeypatch.setattr(download, "ARCHIVES", (training_zip(server),))
        with pytest.raises(DownloadError, match=r"certificate is not trusted.*set REQUESTS_CA_BUNDLE to") as error:
            fetch(tmp_path, waits)
        assert "\n" not in str(error.value) and "by hand: download https://127.0.0.1" in str(error.value)
        assert waits == [] and server.asked == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert fetch(tmp_path, waits).is_dir()


# Throttling


def test_throttling_is_waited_out_as_long_as_the_server_asks(zenodo, tmp_path):
    zenodo.troubles = [(429, {"Retry-After": "7"}), (503, {})]
    waits = Waits()
    assert fetch(tmp_path, waits).is_dir()
    assert waits == [7.0, 2.0]


def test_retry_after_may_be_a_date_and_is_bounded(zenodo, tmp_path):
    zenodo.troubles = [
        (429, {"Retry-After": formatdate(timeval=None, usegmt=True)}),
        (429, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
        (429, {"Retry-After": "soon"}),
    ]
    waits = Waits()
    assert fetch(tmp_path, waits).is_dir()
    assert waits == [pytest.approx(0.0, abs=2.0), 100.0, 4.0]


def test_a_server_that_stays_busy_is_given_up(zenodo, tmp_path):
    zenodo.troubles = [(503, {})] * 10
    waits = Waits()
    with pytest.raises(DownloadError, match=r"the server answered 503 \(Service Unavailable\), 4 times") as error:
        fetch(tmp_path, waits)
    assert one_line(error)
    assert len(zenodo.asked) == 4 and waits == [1.0, 2.0, 4.0]


def test_a_refusal_that_will_not_change_is_not_tried_again(zenodo, tmp_path):
    zenodo.troubles = [(404, {})]
    with pytest.raises(DownloadError, match=r"the server answered 404 \(Not Found\)") as error:
        fetch(tmp_path)
    assert one_line(error)
    assert len(zenodo.asked) == 1


# Wrong files


def test_a_wrong_file_is_named_and_removed(zenodo, tmp_path):
    zenodo.body = b"<html>please come back later</html>"
    with pytest.raises(DownloadError, match="sent another file than expected") as error:
        fetch(tmp_path)
    assert "IRMAS-TrainingData.zip" in one_line(error)
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize(
    "name",
    [
        "../outside.wav",
        "IRMAS-TrainingData/../../outside.wav",
        "/tmp/outside.wav",
        "..\\outside.wav",
        "C:\\outside.wav",
    ],
)
def test_a_zip_with_an_entry_outside_is_refused_as_a_whole(zenodo, tmp_path, monkeypatch, name):
    serve(monkeypatch, zenodo, zip_of(CLIPS | {name: b"gotcha"}))
    with pytest.raises(DownloadError, match="not safe to unpack") as error:
        fetch(tmp_path / "cache")
    assert repr(name) in one_line(error)
    assert files_below(tmp_path) == {"cache/IRMAS-TrainingData.zip"}


def test_a_zip_with_a_link_is_refused(zenodo, tmp_path, monkeypatch):
    link = zipfile.ZipInfo("IRMAS-TrainingData/cel")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    serve(monkeypatch, zenodo, zip_of({link: b"/etc"} | CLIPS))
    with pytest.raises(DownloadError, match="not safe to unpack"):
        fetch(tmp_path)
    assert files_below(tmp_path) == {"IRMAS-TrainingData.zip"}


def test_a_file_that_is_no_zip_is_refused(zenodo, tmp_path, monkeypatch):
    serve(monkeypatch, zenodo, b"no zip")
    with pytest.raises(DownloadError, match="no whole zip") as error:
        fetch(tmp_path)
    assert one_line(error)


@pytest.mark.parametrize("way", odd_zips.ALL)
def test_a_zip_that_no_longer_is_whole_is_refused_and_leaves_nothing(tmp_path, way):
    (tmp_path / "clips.zip").write_bytes(odd_zips.spoil(zip_of(CLIPS), way))
    refused_as_no_whole_zip(tmp_path)


def test_a_zip_whose_content_is_damaged_is_refused_and_leaves_nothing(tmp_path):
    with zipfile.ZipFile(tmp_path / "clips.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", bytes(range(256)) * 100)
    content = bytearray((tmp_path / "clips.zip").read_bytes())
    content[40:60] = b"\xff" * 20
    (tmp_path / "clips.zip").write_bytes(content)
    refused_as_no_whole_zip(tmp_path)


def refused_as_no_whole_zip(folder):
    with pytest.raises(DownloadError, match="no whole zip that can be unpacked"):
        download.unpack(folder / "clips.zip", folder / "clips", progress=False)
    assert files_below(folder) == {"clips.zip"}


def test_a_zip_without_the_folder_is_unpacked_into_it(zenodo, tmp_path, monkeypatch):
    serve(monkeypatch, zenodo, zip_of({"cel/[cel][cla]0001__1.wav": WAV}))
    assert files_below(fetch(tmp_path)) == {"cel/[cel][cla]0001__1.wav"}


def test_what_a_killed_unpacking_left_is_cleared_away(zenodo, tmp_path):
    left = tmp_path / "IRMAS-TrainingData.unpacking" / "IRMAS-TrainingData" / "cel"
    left.mkdir(parents=True)
    (left / "half.wav").write_bytes(b"half")
    fetch(tmp_path, keep_zip=False)
    assert files_below(tmp_path) == set(CLIPS)


# The disk


def test_a_full_disk_is_noticed_before_anything_is_fetched(zenodo, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_500_000))
    with pytest.raises(DownloadError, match=r"0\.00 GB free, the zip with what is in it needs 0\.00 GB") as error:
        fetch(tmp_path)
    assert one_line(error)
    assert zenodo.asked == [] and files_below(tmp_path) == set()


def test_a_disk_that_is_too_full_to_unpack_keeps_the_zip(zenodo, tmp_path, monkeypatch):
    (only,) = download.ARCHIVES
    monkeypatch.setattr(download, "ARCHIVES", (replace(only, size=0, unpacked=0),))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    with pytest.raises(DownloadError, match=r"0\.00 GB free, what is in it needs"):
        fetch(tmp_path)
    assert files_below(tmp_path) == {"IRMAS-TrainingData.zip"}


def test_a_folder_that_cannot_be_made_is_told_in_one_line(zenodo, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError) as error:
        fetch(tmp_path / "file" / "cache")
    assert one_line(error)
