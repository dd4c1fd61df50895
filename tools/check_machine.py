"""Say whether this machine is ready for the course: `python3 course.py check`.

It runs before anything is installed, so it needs no packages, and on a Python that is too old it has to say that.
"""

import glob
import os
import platform
import shutil
import subprocess
import sys
import webbrowser

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import course

INSTALLED_BYTES, LEAST_MEMORY = 5e9, 3.5e9  # what is sold as 4 GB shows a little less


def main():
    """Say whether this machine is ready, one line for each thing, with the cure; the exit code is 0 if it is."""
    looks = {"Python": python, "Environment": installed, "Disk": disk, "Memory": memory,
             "Sound": sound, "Browser": browser, "Set": rendered_set}  # fmt: skip
    answers = {name: look() for name, look in looks.items()}
    for name, (well, words) in answers.items():
        print(f"{'ok' if well else 'NO':3} {name}: {words}")
    return 0 if all(well for well, _ in answers.values()) else 1


def python():
    """Whether the course runs on this Python."""
    return not course.wrong_python(), course.wrong_python() or platform.python_version()


def installed():
    """Whether what the course needs is installed, or can be."""
    if course.read_stamp() == list(course.wanted_stamp()):
        return True, "installed in .venv"
    kind, packed_for = course.this_kind(), course.packed_for()
    if os.path.isdir(course.WHEELS) and kind not in packed_for:
        return False, f"this is {kind}, and the wheels are for {packed_for}; take one of these Pythons"
    where = "without a network, from this pack" if os.path.isdir(course.WHEELS) else "while there is a network"
    return False, f"not installed yet, or not for this Python and folder; run {course.TYPED} once, {where}"


def disk():
    """Whether there is room for what is still to be installed."""
    free, needed = shutil.disk_usage(course.HERE).free, 1e9 if course.read_stamp() else INSTALLED_BYTES
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
        name = getattr(webbrowser.get(), "name", None) or "the system's own"
    except webbrowser.Error:
        return False, "none found; install Firefox, Chrome or Edge"
    return True, name


def rendered_set():
    """Whether the recordings that the notebooks work on have been made, or the reader's own are named."""
    if os.environ.get("IRMAS_DATA"):
        there = os.path.isdir(os.path.join(os.environ["IRMAS_DATA"], "cel"))
        return there, os.environ["IRMAS_DATA"] + ("" if there else ": no IRMAS there; change or unset IRMAS_DATA")
    if not course.read_stamp():
        return False, "nobody can tell before everything is installed"
    look = "import sys; from irmas_helpers.rendered import practice_set; sys.exit(not practice_set.is_whole())"
    if course.run([course.PYTHON, "-c", look]) == 0:
        return True, "the rendered set is there"
    cure = [course.PYTHON, "-c", "from irmas_helpers.rendered import practice_set; practice_set.ensure()"]
    typed = subprocess.list2cmdline(cure)  # in double quotes where there are spaces, which all shells take
    return False, f"not made yet; the first notebook makes it in half a minute, or {typed}"


if __name__ == "__main__":
    sys.exit(main())
