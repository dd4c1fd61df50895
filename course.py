"""The course's commands; they need Python 3.10 to 3.13 and nothing else.

    python3 course.py              makes the environment and opens JupyterLab at the first notebook
    python3 course.py page         makes the same environment and opens a page that names the instrument in a recording
    python3 course.py test         makes the same environment and runs all tests (more arguments go to pytest)
    python3 course.py site         makes the same environment and builds the course's web pages into the folder site
    python3 course.py check        says whether this machine is ready, and makes nothing
    python3 course.py pack FOLDER  makes a copy of the course that starts without a network, on a stick for instance

The environment is the folder .venv beside this file. It is made once, mended when it is broken or half made, and
brought up to date when what the course needs has changed; the system's Python is never touched.
"""

import contextlib
import errno
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "course.stamp")  # written last: an environment without it is half made
# A message of more bytes than this is dropped without a word, and an upload is one; by default it is 10 MB.
UPLOADS = "tornado_settings={'websocket_max_message_size': 100000000}"
# The server's root is this folder, not the notebooks': they lead to pages and pictures beside it. The settings say No
# for the learner whom JupyterLab would ask whether it may fetch news.
LAB = ["jupyterlab", os.path.join(HERE, "notebooks", "01_a_note_in_numbers.ipynb"), "--ServerApp." + UPLOADS]
LAB += ["--ServerApp.root_dir=" + HERE, "--LabApp.app_settings_dir=" + os.path.join(HERE, ".jupyterlab")]
PAGE = ["voila", os.path.join(HERE, "notebooks", "page", "which_instrument.ipynb"), "--Voila." + UPLOADS]
# Much of a test run waits, for a browser or for a kernel to start; files that run side by side fill that time.
TESTS = ["pytest", "--nbval", "-n", "3", "--dist", "loadfile"]
# Compiling all of TensorFlow takes longer than installing it; what is imported is compiled then, and kept where that is
# not forbidden. Where it is, each start would compile it anew.
INSTALL = ["pip", "install", *([] if sys.dont_write_bytecode else ["--no-compile"])]
# What `pack` puts into a copy: what pip installs from without a network, and the set that the notebooks work on.
WHEELS = os.path.join(HERE, "wheels")
CACHE = os.path.join(HERE, "rendered_set")
PACKED_FOR = "packed_for.txt"
LONGEST_ON_WINDOWS = 60  # of .venv's path; below it TensorFlow's longest has 200 characters, and 260 are allowed
INTEL_MAC = sys.platform == "darwin" and platform.machine() == "x86_64"
ARM_WINDOWS = sysconfig.get_platform() == "win-arm64"  # the Python; the machine is called ARM64 by others, too
# How a learner types the commands: Windows' Pythons from python.org come with `py` and without `python3`.
TYPED = ("py" if os.name == "nt" else "python3") + " course.py"


def main(arguments):
    """Make the environment, then do what the arguments say; return the exit code."""
    wanted = {"page": None, "test": None, "site": 1, "check": 1, "pack": 2}  # None: any number of arguments
    if arguments and wanted.get(arguments[0], 0) not in (None, len(arguments)):
        print(__doc__)
        return 0 if arguments[0] in ("-h", "--help") else 2
    if arguments[:1] == ["check"]:
        return run([sys.executable, "-B", tool("check_machine")])
    if wrong_python():
        sys.exit(wrong_python())
    with one_at_a_time():
        prepare_environment()
    if arguments[:1] == ["pack"]:
        return run([PYTHON, "-B", tool("pack_course"), os.path.abspath(arguments[1])])
    if arguments[:1] in (["test"], ["page"]):
        return run([PYTHON, "-m", *(TESTS if arguments[0] == "test" else PAGE), *arguments[1:]])
    if arguments[:1] == ["site"]:
        return site()
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return run([PYTHON, "-m", *LAB, *as_root])


def wrong_python():
    """One line where TensorFlow cannot be installed, or None."""
    newest = 12 if INTEL_MAC else 13
    if not (3, 10) <= sys.version_info[:2] <= (3, newest):
        return (
            f"This course needs Python 3.10 to 3.{newest}, and this is {platform.python_version()}: install one from "
            "python.org, or name one that you have, such as: "
        ) + ("py -3.12 course.py" if os.name == "nt" else "python3.12 course.py")
    if ARM_WINDOWS:
        return "This course needs Python for 64-bit Intel, which runs here, too: TensorFlow has none for ARM Windows."
    if sys.maxsize < 2**32:
        return "This course needs a 64-bit Python, and this is a 32-bit one: install another from python.org."
    return None


@contextlib.contextmanager
def one_at_a_time():
    """Let a second command that was started meanwhile wait until the first has made the environment."""
    with lock_file() as lock:
        while not locked(lock):
            time.sleep(0.5)
        yield


def lock_file():
    """The open file that stands for the environment while it is made."""
    try:
        return open(VENV + ".lock", "a")
    except OSError as error:
        sys.exit(f"{HERE}: nothing can be written there ({error.strerror}); copy the course to a folder of your own.")


def locked(lock):
    """Try to lock an open file: whether no other has it. The lock goes with file or process, however they end."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):  # what Windows and the others say where somebody has it
            return False
        print(f"This folder's disk has no locks ({error.strerror}): start one command at a time.", flush=True)
    return True


def prepare_environment():
    """Bring .venv to where the stamp says that it fits this Python, this folder and what the course needs."""
    place, needs = wanted_stamp()
    stamp = read_stamp()
    if stamp == [place, needs]:
        return
    if stamp[:1] != [place]:
        print(f"Making the environment in {VENV}", flush=True)
        make_environment()
    else:
        os.remove(STAMP)
    print("Installing what the course needs: some minutes and about 3 GB, once", flush=True)
    offline = ["--no-index", "--find-links", WHEELS] if os.path.isdir(WHEELS) else []
    if run([PYTHON, "-m", *INSTALL, "-r", "requirements.txt", *pins(), *offline]):
        cure = f"the wheels in this folder are for {packed_for()}" if offline else "check the network and the disk"
        if os.name == "nt" and len(VENV) > LONGEST_ON_WINDOWS:
            cure = "move the course to a folder with a shorter path, for Windows refuses files whose paths are long"
        sys.exit(f"Installing failed (pip says why above): {cure}, then run this again.")
    with open(STAMP, "w") as file:
        file.write(f"{place}\n{needs}\n")


def pins():
    """Pip's options for the versions that CI runs.

    The pins are not for Intel Macs, for which some projects build no more: take the last version that they built.
    """
    return ["--prefer-binary"] if INTEL_MAC else ["-c", "constraints.txt"]


def wanted_stamp():
    """Two hashes: of the Python and the folder, which an environment is tied to, and of what the course needs."""
    place = repr((sys.version_info[:2], sys.base_prefix, platform.machine(), VENV)).encode()
    needs = b""
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        with open(os.path.join(HERE, name), "rb") as file:
            needs += file.read()
    return hashlib.sha256(place).hexdigest(), hashlib.sha256(needs).hexdigest()


def read_stamp():
    """The lines of the stamp, or none if there is no whole environment."""
    if not (os.path.exists(STAMP) and os.path.exists(PYTHON)):
        return []
    with open(STAMP) as file:
        return file.read().split()


def make_environment():
    """Make an empty .venv with pip in it, also where Debian and Ubuntu lack the part of venv that brings pip."""
    python = getattr(sys, "_base_executable", sys.executable)
    venv = [python, "-m", "venv", "--clear", VENV]
    if not fails(venv):
        return
    if not fails([*venv, "--without-pip"]):
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = subprocess.check_output([PYTHON, "-c", where], text=True).strip()
        if not fails([python, "-m", "pip", "install", "--target", packages, "pip"]):
            return
        if shutil.which("uv") and not fails(["uv", "pip", "install", "--python", PYTHON, "pip"]):
            return
    if os.name == "nt":
        sys.exit(f"{VENV} cannot be made: close the programs that use it, such as JupyterLab, then run this again.")
    sys.exit(
        "This Python cannot make environments: on Debian and Ubuntu, sudo apt install python3-venv "
        f"(python3.{sys.version_info[1]}-venv if this is not the system's own Python), then run this again."
    )


def fails(command):
    """Run a command without showing what it prints; whether it failed."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0


def run(command):
    """Run a command in this folder and return its exit code; what to do at Ctrl-C is left to the command."""
    process = subprocess.Popen(command, cwd=HERE, env=environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def tool(name):
    """The script that does a command's work; -B leaves nothing beside it."""
    return os.path.join(HERE, "tools", name + ".py")


def environment():
    """What is set for the commands: pip installs into .venv only, and a pack brings its own rendered set.

    Texts are UTF-8 on Windows, too, where Python would take the country's old encoding.
    """
    packed = {"IRMAS_CACHE": CACHE} if os.path.isdir(CACHE) else {}
    return {**packed, **os.environ, **named_in_full(), "PIP_USER": "0", "PYTHONUTF8": "1"}


def named_in_full():
    """What the user's variables name, in full: what is run works in other folders than the one they were typed in."""
    named = {name: os.environ.get(name) for name in ("IRMAS_CACHE", "IRMAS_DATA", "IRMAS_MODEL")}
    return {name: os.path.abspath(os.path.expanduser(place)) for name, place in named.items() if place}


def site():
    """Build the course's web pages, after installing what only they need; return the exit code."""
    if fails([PYTHON, "-c", "import myst_nb, sphinx_book_theme"]):
        print("Installing what builds the pages: a minute, once", flush=True)
        if run([PYTHON, "-m", *INSTALL, "-q", "-e", ".[site]", *pins()]):
            sys.exit("Installing failed (pip says why above): check the network, then run this again.")
    return run([PYTHON, "-B", tool("make_site")])


def this_kind():
    """The Python and machine that wheels are for, in words."""
    return f"Python 3.{sys.version_info[1]} on {platform.system()} {platform.machine()}"


def packed_for():
    """The kinds that the wheels of this folder were packed for, in words."""
    name = os.path.join(WHEELS, PACKED_FOR)
    if not os.path.exists(name):
        return "nobody: the pack was never finished"
    with open(name) as file:
        return ", ".join(file.read().splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
