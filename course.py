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
import glob
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import webbrowser

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
TESTS = ["pytest", "--nbval", "-n", "2", "--dist", "loadfile"]
# What `pack` puts into a copy: what pip installs from without a network, and the set that the notebooks work on.
WHEELS = os.path.join(HERE, "wheels")
CACHE = os.path.join(HERE, "rendered_set")
PACKED_FOR = "packed_for.txt"
PACK_BYTES, INSTALLED_BYTES, LEAST_MEMORY = 2.5e9, 5e9, 3.5e9  # what is sold as 4 GB shows a little less
INTEL_MAC = sys.platform == "darwin" and platform.machine() == "x86_64"


def main(arguments):
    """Make the environment, then do what the arguments say; return the exit code."""
    wanted = {"page": None, "test": None, "site": 1, "check": 1, "pack": 2}  # None: any number of arguments
    if arguments and wanted.get(arguments[0], 0) not in (None, len(arguments)):
        print(__doc__)
        return 0 if arguments[0] in ("-h", "--help") else 2
    if arguments[:1] == ["check"]:
        return check()
    if wrong_python():
        sys.exit(wrong_python())
    with one_at_a_time():
        prepare_environment()
    if arguments[:1] == ["pack"]:
        return pack(os.path.abspath(arguments[1]))
    if arguments[:1] == ["test"]:
        return run([PYTHON, "-m", *TESTS, *arguments[1:]])
    if arguments[:1] == ["page"]:
        return run([PYTHON, "-m", *PAGE, *arguments[1:]])
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
            "python.org, or name one that you have, such as: python3.12 course.py"
        )
    if sys.maxsize < 2**32:
        return "This course needs a 64-bit Python, and this is a 32-bit one: install another from python.org."
    return None


@contextlib.contextmanager
def one_at_a_time():
    """Let a second command that was started meanwhile wait until the first has made the environment."""
    with open(VENV + ".lock", "a") as lock:
        while not locked(lock):
            time.sleep(0.5)
        yield


def locked(lock):
    """Try to lock an open file; the lock goes with the file or the process, however it ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
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
    if run([PYTHON, "-m", "pip", "install", "-r", "requirements.txt", *pins(), *offline]):
        cure = f"the wheels in this folder are for {packed_for()}" if offline else "check the network and the disk"
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


def environment():
    """What is set for the commands: pip installs into .venv only, and a pack brings its own rendered set."""
    packed = {"IRMAS_CACHE": CACHE} if os.path.isdir(CACHE) else {}
    return {**packed, **os.environ, "PIP_USER": "0"}


def site():
    """Build the course's web pages, after installing what only they need; return the exit code."""
    if fails([PYTHON, "-c", "import myst_nb, sphinx_book_theme"]):
        print("Installing what builds the pages: a minute, once", flush=True)
        if run([PYTHON, "-m", "pip", "install", "-q", "-e", ".[site]", *pins()]):
            sys.exit("Installing failed (pip says why above): check the network, then run this again.")
    return run([PYTHON, os.path.join(HERE, "tools", "make_site.py")])


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


def pack(folder):
    """Make or finish a copy of the course with all that it needs to start without a network; return the exit code.

    A second run, also by another kind of Python or machine, adds what is missing.
    """
    wheels, names = os.path.join(folder, "wheels"), os.path.join(folder, "wheels", "requirements.txt")
    try:
        copy_course(folder)
        if shutil.disk_usage(folder).free < PACK_BYTES and not os.path.isdir(wheels):
            sys.exit(f"{folder}: a pack takes {PACK_BYTES / 1e9:.1f} GB, and less is free there; make room first.")
        os.makedirs(wheels, exist_ok=True)
        with open(os.path.join(HERE, "requirements.txt")) as needs, open(names, "w") as file:
            file.writelines(line for line in needs if not line.startswith("-e"))
    except (OSError, shutil.Error) as error:
        sys.exit(f"{folder}: cannot be written ({getattr(error, 'strerror', None) or error}); choose another folder.")
    # Pip itself and setuptools are for making the environment and installing the course's own package there.
    if run([PYTHON, "-m", "pip", "wheel", "-w", wheels, "-f", wheels, "-r", names, "pip", "setuptools", *pins()]):
        sys.exit("Collecting the wheels failed (pip says why above): run this again, and it goes on where it stopped.")
    render = f"from irmas_helpers.rendered import practice_set; practice_set.ensure({folder!r} + '/rendered_set')"
    if run([PYTHON, "-c", render]):
        sys.exit("Making the rendered set failed (the reason stands above): run this again.")
    note_kind(os.path.join(wheels, PACKED_FOR))
    print(f"Ready: copy {folder} to a laptop with {this_kind()} and run python3 course.py there, without a network.")
    return 0


def copy_course(folder):
    """Copy this folder, without what git ignores; files that are there already are written again."""
    if os.path.realpath(folder) == os.path.realpath(HERE):
        sys.exit(f"{folder}: that is the course itself; name another folder.")
    with open(os.path.join(HERE, ".gitignore")) as file:
        lines = [line.strip().rstrip("/") for line in file if line.strip() and not line.startswith("#")]
    ignored = shutil.ignore_patterns(".git", "wheels", "rendered_set", *lines)

    def left_out(place, names):
        return ignored(place, names) | {name for name in names if os.path.join(place, name) == folder}

    shutil.copytree(HERE, folder, ignore=left_out, dirs_exist_ok=True)


def note_kind(name):
    """Add this kind of Python and machine to those that the wheels are for."""
    with open(name, "a+") as file:
        file.seek(0)
        if this_kind() not in file.read().splitlines():
            file.write(this_kind() + "\n")


def check():
    """Say whether this machine is ready, one line for each thing, with the cure; the exit code is 0 if it is."""
    looks = {"Python": python, "Environment": installed, "Disk": disk, "Memory": memory,
             "Sound": sound, "Browser": browser, "Set": rendered_set}  # fmt: skip
    answers = {name: look() for name, look in looks.items()}
    for name, (well, words) in answers.items():
        print(f"{'ok' if well else 'NO':3} {name}: {words}")
    return 0 if all(well for well, _ in answers.values()) else 1


def python():
    """Whether the course runs on this Python."""
    return not wrong_python(), wrong_python() or platform.python_version()


def installed():
    """Whether what the course needs is installed, or can be."""
    if read_stamp() == list(wanted_stamp()):
        return True, "installed in .venv"
    if os.path.isdir(WHEELS) and this_kind() not in packed_for():
        return False, f"this is {this_kind()}, and the wheels are for {packed_for()}; take one of these Pythons"
    where = "without a network, from this pack" if os.path.isdir(WHEELS) else "while there is a network"
    return False, f"not installed yet, or not for this Python and folder; run python3 course.py once, {where}"


def disk():
    """Whether there is room for what is still to be installed."""
    free, needed = shutil.disk_usage(HERE).free, 1e9 if read_stamp() else INSTALLED_BYTES
    words = f"{free / 1e9:.1f} GB free"
    return free >= needed, words if free >= needed else f"{words}, {needed / 1e9:.0f} GB are needed; make room"


def memory():
    """Whether a notebook and a browser fit into memory."""
    size = memory_bytes()
    words = f"{size / 1e9:.1f} GB"
    return size >= LEAST_MEMORY, words if size >= LEAST_MEMORY else f"{words}, 4 are needed; share a larger machine"


def memory_bytes():
    """The machine's memory."""
    if os.name != "nt":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    import ctypes

    status = (ctypes.c_ulonglong * 8)(64)  # a MEMORYSTATUSEX: its own length of 64 bytes first, the total second
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status[1]


def sound():
    """Whether something can be played; a Mac always has an output."""
    if os.name == "nt":
        import ctypes

        there = ctypes.windll.winmm.waveOutGetNumDevs() > 0
    else:
        there = sys.platform == "darwin" or bool(glob.glob("/dev/snd/pcm*p"))
    return there, "an output is there" if there else "no output found; plug in headphones, or share a machine"


def browser():
    """Whether a browser can be opened."""
    try:
        name = getattr(webbrowser.get(), "name", "the system's own")
    except webbrowser.Error:
        return False, "none found; install Firefox, Chrome or Edge"
    return True, name


def rendered_set():
    """Whether the recordings that the notebooks work on have been made, or the reader's own are named."""
    if os.environ.get("IRMAS_DATA"):
        there = os.path.isdir(os.path.join(os.environ["IRMAS_DATA"], "cel"))
        return there, os.environ["IRMAS_DATA"] + ("" if there else ": no IRMAS there; change or unset IRMAS_DATA")
    if not read_stamp():
        return False, "nobody can tell before everything is installed"
    look = "import sys; from irmas_helpers.rendered import practice_set; sys.exit(not practice_set.is_whole())"
    if run([PYTHON, "-c", look]) == 0:
        return True, "the rendered set is there"
    cure = f'{PYTHON} -c "from irmas_helpers.rendered import practice_set; practice_set.ensure()"'
    return False, f"not made yet; the first notebook makes it in half a minute, or {cure}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
