"""Work on many items at once: in this process, in processes of its own, or on a Dask cluster.

Results come in the order of the items. A few items are on the way at any time, so that memory does not grow with their
number, and one that ends its process (a fault in a decoder's library) costs its own result alone.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from .errors import IrmasError, WorkerError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_AHEAD = 4  # items on the way for each worker: a long one holds up the results behind it, not the work
_MOST_ON_WINDOWS = 61  # processes of a pool
_PATIENCE = 10  # seconds until a scheduler, or its first worker, has to be there
# There is a process for each core: more threads would stand in each other's way.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")


class Team(NamedTuple):
    """Workers that are ready."""

    executor: Executor
    at_once: Callable[[], int]  # how many items may be on the way
    fatal: tuple[type[Exception], ...] = ()  # what a future raises where an item ended the workers that had it


Pool = Callable[..., AbstractContextManager[Team]]  # given 1, no more workers than that are started


def each(
    function: Callable[[_Item], _Result], items: Iterable[_Item], pool: Pool
) -> Iterator[tuple[_Item, _Result | None]]:
    """Apply a function to many items.

    Parameters
    ----------
    function : callable
        Of one item. Other processes get it by pickle: a function of a module, or a `functools.partial` of one.
    items : iterable
        They are taken one by one, as there is work.
    pool : Pool
        `here`, or what `processes` or `cluster` returns.

    Yields
    ------
    item, result
        In the order of the items; the result is None where the item ended every process that worked on it.

    Raises
    ------
    WorkerError
        If processes end whatever they are given, or the cluster cannot be used. What `function` raises is passed on.

    Examples
    --------
    >>> list(each(abs, [-1, 2], here))
    [(-1, 1), (2, 2)]
    """
    items, good, ended = iter(items), 0, 0
    while lost := (yield from _until_broken(function, items, pool)):
        for item in lost:  # one of them ended its process: now each gets one for itself
            if (yield from _until_broken(function, iter([item]), partial(pool, 1))):
                ended += 1
                yield item, None
            else:
                good += 1
        if not good and ended >= _AHEAD:
            raise WorkerError(f"{lost[0]}: processes end, whatever they are given; make memory free, or try --jobs 1")


def _until_broken(
    function: Callable[[_Item], _Result], items: Iterator[_Item], pool: Pool
) -> Generator[tuple[_Item, _Result | None], None, list[_Item]]:
    """As `each`, up to the end of a process; returns the items that were on the way then, if there was one."""
    waiting: deque[_Item] = deque()
    futures: deque[Future] = deque()
    with pool() as team:
        while True:
            try:
                for item in islice(items, max(0, team.at_once() - len(waiting))):
                    waiting.append(item)
                    futures.append(team.executor.submit(function, item))
                if not waiting:
                    return []
                result = futures.popleft().result()
            except BrokenExecutor:
                return list(waiting)
            except team.fatal:
                result = None
            yield waiting.popleft(), result


@contextmanager
def here(_most: int = 1) -> Iterator[Team]:
    """A pool without workers: this process does it, an item at a time."""
    yield Team(_Here(), lambda: 1)


class _Here(Executor):
    def submit(self, function: Callable, /, *arguments: Any, **options: Any) -> Future:
        future: Future = Future()
        future.set_result(function(*arguments, **options))
        return future


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """How many threads a library may have here: one in a process of a pool, elsewhere as many as `processors`."""
    chosen = os.environ.get(_ONE_THREAD[0], "0")
    return int(chosen) if chosen.isdecimal() and int(chosen) else processors()


def processes(jobs: int) -> Pool:
    """A pool of so many processes, each with one thread; they end with this one, however that ends.

    Windows has no more than 61.
    """
    jobs = min(jobs, _MOST_ON_WINDOWS) if sys.platform == "win32" else jobs

    @contextmanager
    def start(most: int = jobs) -> Iterator[Team]:
        others = {*multiprocessing.active_children()}
        spawn = multiprocessing.get_context("spawn")  # a fork would copy locks that threads hold
        count = min(jobs, most)
        with ProcessPoolExecutor(count, mp_context=spawn, initializer=_begin) as executor:
            try:
                _start_all(executor, count)
                yield Team(executor, lambda: _AHEAD * count)
            except BaseException:  # an error, Ctrl-C, or nobody wants the rest: what they are at is not waited for
                for process in {*multiprocessing.active_children()} - others:
                    process.terminate()
                raise

    return start


def _start_all(executor: Executor, count: int) -> None:
    """Start the processes while Ctrl-C is ignored, which they inherit: before `_begin` it would show a traceback."""
    if threading.current_thread() is not threading.main_thread():
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with suppress(BrokenExecutor):  # one ended meanwhile: the first item will be told so
            for _ in range(count):
                executor.submit(int)
    finally:
        signal.signal(signal.SIGINT, usual)


def _begin() -> None:
    """First thing in a process of a pool, before anything heavy loads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows does not inherit it
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)  # killed, it could not say that there is nothing more to do


def cluster(address: str) -> Pool:
    """A pool of the workers of a Dask cluster; they have this package, and paths mean the same to them.

    A worker that is lost does no harm: the scheduler gives its items to others.

    Parameters
    ----------
    address : str
        The scheduler's, such as ``tcp://10.0.0.5:8786``.
    """

    @contextmanager
    def start(_most: int = 1) -> Iterator[Team]:
        try:
            from distributed import Client, KilledWorker
        except ImportError:
            raise WorkerError("--scheduler: needs Dask; install it with: pip install distributed") from None
        for name in ("distributed", "distributed.client"):  # a lost scheduler is told in one line
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            with Client(address, timeout=_PATIENCE, set_as_default=False) as client:
                client.wait_for_workers(1, timeout=_PATIENCE)
                executor = client.get_executor(pure=False)
                yield Team(executor, lambda: _AHEAD * max(1, sum(client.nthreads().values())), (KilledWorker,))
        except (IrmasError, KeyboardInterrupt, GeneratorExit):
            raise
        except (Exception, CancelledError) as error:  # whatever versions, networks and lost schedulers make of it
            reason = " ".join(f"{type(error).__name__} {error}".split())[:200]
            raise WorkerError(
                f"{address}: the cluster cannot be used ({reason}); is its scheduler there, with workers, and this "
                "package in the same version on all of them? The same command goes on where it stopped"
            ) from error

    return start
