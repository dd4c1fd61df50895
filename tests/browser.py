"""JupyterLab and Voila in a real browser: Debian's Chromium, driven by Playwright.

Where one of the two is missing, the tests that ask for these fixtures skip and say why; with the environment variable
IRMAS_BROWSER=required, as CI sets it, they fail; with IRMAS_BROWSER=none no browser is looked for.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ELSEWHERE = "course.example.org"  # for the browser another name of this machine
PATIENCE = 60_000  # milliseconds; TensorFlow has to load
_ROOT = Path(__file__).parents[1]
_KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
_RUN = """async source => {
    const {content, sessionContext} = jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    content.widgets[0].model.sharedModel.setSource(source);
    await jupyterapp.commands.execute('notebook:run-cell');
}"""


def give_up(reason: str) -> None:
    """Skip what needs something that is not here, or fail where it is required."""
    if os.environ.get("IRMAS_BROWSER") == "required":
        pytest.fail(f"{reason}, and IRMAS_BROWSER=required", pytrace=False)
    pytest.skip(reason)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """The address of a plain web server for a folder."""
    server = http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


# Not for the whole session: Playwright keeps an event loop running, which the notebooks' tests could not bear.
@pytest.fixture(scope="module")
def chromium():
    """A browser without a window."""
    if os.environ.get("IRMAS_BROWSER") == "none":
        give_up("IRMAS_BROWSER=none")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        give_up("playwright is not installed")
    executable = shutil.which("chromium")
    if executable is None:
        give_up("there is no chromium on this machine")
    expect.set_options(timeout=PATIENCE)
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    arguments.append(f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1")
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Start a server of Jupyter's below a folder of its own; from its arguments to address and folder."""
    servers = []

    def start(*command: str) -> tuple[str, Path]:
        folder = tmp_path_factory.mktemp("served")
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        package = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])
        settings = tmp_path_factory.mktemp("settings")  # the user's own stay out of it, and untouched
        environment = {**os.environ, "PYTHONPATH": package, "JUPYTER_CONFIG_DIR": str(settings)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-m", *command, "--no-browser", f"--port={port}"]
        servers.append(subprocess.Popen(command, env=environment, cwd=folder, **quiet))
        _wait_for(port)
        return f"http://localhost:{port}", folder

    yield start
    for server in servers:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(120):
        try:
            socket.create_connection(("localhost", port)).close()  # a request would make Voila start a kernel
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"nothing answers at port {port}")


@pytest.fixture(scope="session")
def jupyterlab(serve):
    """Address and folder of the one JupyterLab of all tests."""
    settings = f"--LabApp.app_settings_dir={_ROOT / '.jupyterlab'}"
    return serve("jupyter", "lab", "--allow-root", "--IdentityProvider.token=", "--expose-app-in-browser", settings)


@pytest.fixture(scope="module")
def lab_page(chromium, request):
    """JupyterLab's page with an empty notebook, the same for all tests: its kernel, with TensorFlow loaded, stays."""
    address, folder = request.getfixturevalue("jupyterlab")  # not started where there is no browser
    name = "tests.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")], metadata=_KERNEL)
    nbformat.write(notebook, folder / name)
    page = chromium.new_page(viewport={"width": 1300, "height": 1100})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-CodeCell")
    yield page
    page.close()


@pytest.fixture(scope="module")
def run_cell(lab_page):
    """Run a cell in place of the one before; return the page when it is done."""

    def run(source: str):
        lab_page.evaluate(_RUN, source)
        lab_page.wait_for_selector(".jp-OutputArea .widget-vbox")
        return lab_page

    return run
