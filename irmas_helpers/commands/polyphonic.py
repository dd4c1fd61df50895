"""Commands for excerpts in which several instruments may lead: extract-polyphonic, evaluate-polyphonic."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import choices
from ._common import JSON, MODEL, NAMED_AT_MOST, SCHEDULER, argument, command, complain, data_options, of_folder, report

if TYPE_CHECKING:
    from ..data.testing_set import TestingScan
    from ..sound.testing_packs import TestingPack


@command(
    argument("folder", metavar="DIR", help="a folder that holds one or more testing parts, wavs and txts"),
    argument("out", metavar="OUT.npz", help="the pack to write"),
    SCHEDULER,
)
def extract_polyphonic(options: Namespace) -> int:
    """Compute the log-mels of the testing excerpts into one .npz, for evaluate-polyphonic.

    Runs on all cores; called again after a break it goes on where it stopped. Sounds that cannot be read are listed
    at the end and left out; a label file that cannot be used stops it. The three official parts take about 500 MB,
    and as much again while the work is going on.

      %(prog)s IRMAS testing.npz
    """
    from .. import workers
    from ..data import testing_set
    from ..sound import testing_packs

    found = testing_set.scan(options.folder)
    pool = workers.cluster(options.scheduler) if options.scheduler else None
    bad = testing_packs.extract(found, options.out, pool=pool)
    print(f"{len(found.excerpts) - len(bad)} of {len(found.excerpts)} excerpts in {options.out}")
    _report_unlabelled(found)
    return report(bad)


def _report_unlabelled(found: TestingScan) -> None:
    """Name the sounds without labels on stderr, not all of them where someone pointed at another folder."""
    for path in found.unlabelled[:NAMED_AT_MOST]:
        complain(f"{found.root / path}: has no .txt with its labels beside it; left out")
    if found.unlabelled:
        complain(f"{found.root}: {len(found.unlabelled)} sounds without labels were left out; copy their .txt there")


def _testing_pack(options: Namespace) -> tuple[TestingPack, str]:
    """The pack that --features or --data names, and a word on what it is."""
    from ..data import testing_set
    from ..sound import testing_packs

    if options.features:
        return testing_packs.load_testing_pack(options.features), Path(options.features).stem
    found = testing_set.scan(options.data)
    _report_unlabelled(found)
    return of_folder(testing_packs.cached(found), options.data)


@command(
    MODEL,
    data_options("a pack that extract-polyphonic wrote", "a folder of testing parts"),
    argument("--aggregate", choices=choices.AGGREGATES, default=choices.SUM_OVER_MAX,
             help="how an excerpt's windows become one answer (default: %(default)s)"),
    JSON,
)  # fmt: skip
def evaluate_polyphonic(options: Namespace) -> None:
    """Score a model on excerpts in which several instruments may lead.

    With Part 1 and another part of IRMAS's testing set, thresholds are chosen on Part 1 and scored on the rest;
    beside that stand the common way (a fixed threshold on everything) and what one would claim by choosing
    thresholds on the test. With one part alone the threshold is fixed at 0.5. Intervals are 95 %%, by bootstrap
    over songs.

      %(prog)s model.keras --features testing.npz
    """
    from ..answers import polyphonic
    from ..learning import models

    model = models.load_model(options.model)
    pack, name = _testing_pack(options)
    judged = polyphonic.judge(model, pack, options.aggregate)
    results = polyphonic.evaluate(judged)
    about = f"{polyphonic.describe(pack, judged)}; windows to values by {options.aggregate}"
    if options.json:
        print(json.dumps({"data": name, "about": about, "results": [each.as_dict() for each in results]}))
        return
    print(f"{name}: {about}; 95 % intervals")
    for each in results:
        print(f"- {each}")
