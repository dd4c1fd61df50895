"""Make a copy of the course that starts without a network, on a stick for instance: `python3 course.py pack FOLDER`.

The copy holds the course, a wheel of all that it needs for this kind of Python and machine, and the rendered set.
"""

import fnmatch
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import course

PACK_BYTES = 2.5e9


def main(folder):
    """Make or finish a copy of the course with all that it needs to start without a network; return the exit code.

    A second run, also by another kind of Python or machine, adds what is missing.
    """
    wheels, names = os.path.join(folder, "wheels"), os.path.join(folder, "wheels", "requirements.txt")
    try:
        copy_course(folder)
        if shutil.disk_usage(folder).free < PACK_BYTES and not os.path.isdir(wheels):
            sys.exit(f"{folder}: a pack takes {PACK_BYTES / 1e9:.1f} GB, and less is free there; make room first.")
        os.makedirs(wheels, exist_ok=True)
        with open(os.path.join(course.HERE, "requirements.txt")) as needs, open(names, "w") as file:
            file.writelines(line for line in needs if not line.startswith("-e"))
    except (OSError, shutil.Error) as error:
        sys.exit(f"{folder}: cannot be written ({getattr(error, 'strerror', None) or error}); choose another folder.")
    # Pip itself and setuptools are for making the environment and installing the course's own package there.
    collect = [course.PYTHON, "-m", "pip", "wheel", "-w", wheels, "-f", wheels, "-r", names, "pip", "setuptools"]
    if course.run([*collect, *course.pins()]):
        sys.exit("Collecting the wheels failed (pip says why above): run this again, and it goes on where it stopped.")
    render = f"from irmas_helpers.rendered import practice_set; practice_set.ensure({folder!r} + '/rendered_set')"
    if course.run([course.PYTHON, "-c", render]):
        sys.exit("Making the rendered set failed (the reason stands above): run this again.")
    note_kind(os.path.join(wheels, course.PACKED_FOR))
    laptop = f"a laptop with {course.this_kind()}"
    print(f"Ready: copy {folder} to {laptop} and run {course.TYPED} there, without a network.")
    return 0


def copy_course(folder):
    """Copy this folder, without what git ignores; files that are there already are written again."""
    if os.path.realpath(folder) == os.path.realpath(course.HERE):
        sys.exit(f"{folder}: that is the course itself; name another folder.")
    with open(os.path.join(course.HERE, ".gitignore")) as file:
        lines = [line.strip().rstrip("/") for line in file if line.strip() and not line.startswith("#")]
    patterns = [".git", "wheels", "rendered_set", *lines]

    def is_left_out(path):
        below = os.path.relpath(path, course.HERE).replace(os.sep, "/")
        # As in git, a pattern with a slash means a place, one without a name anywhere.
        meant = ((pattern.lstrip("/"), below if "/" in pattern else os.path.basename(path)) for pattern in patterns)
        itself = os.path.normcase(path) == os.path.normcase(folder)
        return itself or any(fnmatch.fnmatch(name, pattern) for pattern, name in meant)

    def left_out(place, names):
        return {name for name in names if is_left_out(os.path.join(place, name))}

    shutil.copytree(course.HERE, folder, ignore=left_out, dirs_exist_ok=True)


def note_kind(name):
    """Add this kind of Python and machine to those that the wheels are for."""
    with open(name, "a+") as file:
        file.seek(0)
        if course.this_kind() not in file.read().splitlines():
            file.write(course.this_kind() + "\n")


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
