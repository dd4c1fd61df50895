"""Commands that get data and look at it: download, render, scan, extract."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import choices
from ..data.archives import ARCHIVES
from ..errors import DatasetError
from ._common import NOT_SEALED, SCHEDULER, argument, command, of_part, report

if TYPE_CHECKING:
    import pandas as pd

CLIPS = argument("folder", metavar="DIR", help="a folder that holds cel, cla, ... voi")


@command(
    argument("names", nargs="+", metavar="NAME", help=f"one or more of {', '.join(each.name for each in ARCHIVES)}"),
    argument("--to", metavar="DIR", help="where to unpack (default: the cache folder)"),
    argument("--remove-zip", action="store_true", help="delete the zip when it is unpacked"),
)
def download(options: Namespace) -> None:
    """Fetch IRMAS from Zenodo: checked, resumed where it broke off, unpacked.

    IRMAS may be used for non-commercial research (CC BY-NC-SA 3.0) and not be passed on. The training part
    takes about 3.2 GB; afterwards set IRMAS_DATA to the folder that is printed.

      %(prog)s training
    """
    from ..data.download import fetch

    for name in options.names:
        print(fetch(name, options.to, keep_zip=not options.remove_zip))


@command(argument("--to", metavar="DIR", help="where to make it (default: the cache folder)"))
def render(options: Namespace) -> None:
    """Make the rendered practice set, and print its folder.

    Some 660 clips in IRMAS's layout, made on this machine from a General MIDI SoundFont, without network.
    """
    from ..rendered import practice_set

    print(practice_set.ensure(options.to))
    print(practice_set.WARNING, file=sys.stderr)


@command(
    CLIPS,
    argument("--csv", metavar="OUT", help="also write the table of clips to a CSV file"),
)
def scan(options: Namespace) -> None:
    """Read the names of a folder of IRMAS clips and say what is there.

    Counts clips, recordings and songs a class, compares them with the official set, and names every file that
    is no clip.
    """
    from ..data import clips

    found = clips.scan(options.folder)
    _, dropped = clips.drop_contradictions(found.clips)
    print(clips.check_official(found.clips).to_string())
    print(
        f"{len(found.clips)} clips, {found.clips['recording'].nunique()} recordings, "
        f"{found.clips['song'].nunique()} songs; {len(dropped)} clips of songs with contradicting labels"
    )
    for title, files in (("ignored, no clip", found.ignored), ("name not understood", found.unparsed)):
        for file in files:
            print(f"{title}: {file}")
    if options.csv:
        _write_csv(found.clips, Path(options.csv))


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    try:
        table.to_csv(path, index=False)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    print(f"wrote {len(table)} rows to {path}")


@command(
    CLIPS,
    argument("out", metavar="OUT.npz", help="the pack to write"),
    argument("--kind", choices=choices.PACK_KINDS, default=choices.LOGMEL,
             help="which feature (default: %(default)s)"),
    NOT_SEALED,
    SCHEDULER,
)  # fmt: skip
def extract(options: Namespace) -> int:
    """Compute the features of all clips of a folder into one .npz, a pack.

    Runs on all cores; called again after a break it goes on where it stopped. Bad files are listed at the end
    and left out.

      %(prog)s IRMAS-TrainingData training.npz
    """
    from .. import workers
    from ..data import clips
    from ..sound import packs

    found = clips.scan(options.folder).clips
    found = found.iloc[of_part(found, options.sealed, options.folder)]
    pool = workers.cluster(options.scheduler) if options.scheduler else None
    bad = packs.extract(options.folder, found["path"], options.out, options.kind, pool=pool)
    print(f"{len(found) - len(bad)} of {len(found)} clips in {options.out}")
    return report(bad)
