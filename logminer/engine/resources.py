"""A worker's cores and memory: threads of numerical libraries, CPU affinity, and a limit that ends a trial, not the machine."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from logminer.core.errors import UsageError
from logminer.engine.accelerators import devices, slots

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?")


@dataclass(frozen=True)
class Resources:
    """What one worker may use; None is no limit.

    Attributes:
        cores: number of CPU cores, and so of threads.
        memory: bytes that a trial may have allocated.
        gpus: accelerators, whole ones or a share of one.
    """

    cores: int | None = None
    memory: int | None = None
    gpus: float | None = None

    def check(self, workers: int) -> None:
        """See that there are accelerators for all workers of this machine.

        Raises:
            UsageError: there are not, or a share of one is no share.
        """
        if self.gpus is None:
            return
        if not (self.gpus > 0 and (self.gpus % 1 == 0 or self.gpus < 1)):
            raise UsageError(
                f"{self.gpus:g} accelerators cannot be dealt out",
                "give 1, 2, … or a share such as 0.5",
            )
        named = devices()
        if workers > slots(len(named), self.gpus):
            raise UsageError(
                f"{workers} workers with {self.gpus:g} accelerators each, and there are {len(named)}",
                "give fewer --workers, or say CUDA_VISIBLE_DEVICES=0,1",
            )

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that tell numerical libraries how many threads to start."""
        return {} if self.cores is None else dict.fromkeys(_THREADS, str(self.cores))


def size(text: str) -> int:
    """An amount of memory in bytes: ``500MB``, ``4GB``, ``2GiB``.

    Raises:
        UsageError: it is not written so.
    """
    found = _SIZE.fullmatch(text.strip().lower())
    if not found:
        raise UsageError(f"'{text}' is no amount of memory", "write 500MB, 4GB or 2GiB")
    unit: int = (1024 if found[3] else 1000) ** _UNITS[found[2]]
    return round(float(found[1]) * unit)


def in_words(count: float) -> str:
    """Bytes as people say them: ``1.5 GB``."""
    power = min(4, int(max(0, len(str(int(count))) - 1) // 3))
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


@contextmanager
def on_cores(cores: frozenset[int] | None) -> Iterator[None]:
    """Let what this thread starts inside the block run on some cores only, where the system can do that."""
    if cores is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def share(slot: int, cores: int) -> frozenset[int] | None:
    """The cores of the ``slot``-th worker among those that this process may use; None when they are used up."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    usable = sorted(os.sched_getaffinity(0))
    mine = usable[slot * cores : (slot + 1) * cores]
    return frozenset(mine) if len(mine) == cores else None


@contextmanager
def limited(resources: Resources) -> Iterator[None]:
    """Let this process use no more than that inside the block.

    Memory counts from what the process holds already; who asks for more than is left gets a ``MemoryError``.
    """
    with ExitStack() as undo:
        if resources.cores is not None:
            from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

            undo.enter_context(_variables(resources.variables))
            undo.enter_context(threadpool_limits(resources.cores))
        if resources.memory is not None:
            undo.enter_context(_memory(resources.memory))
        yield


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _memory(more: int) -> Iterator[None]:
    """RLIMIT_DATA counts private writable memory (Linux 4.7 and later): address space merely reserved is free."""
    try:
        import resource
    except ModuleNotFoundError as error:
        raise UsageError(
            "this system cannot limit the memory of a process", "search without --memory-per-worker"
        ) from error
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _field(Path("/proc/self/status"), "VmData") + more
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def used_by_group(group: int) -> int:
    """Bytes of memory that the processes of a group hold, what they share counted once; 0 where it cannot be told."""
    members = [folder for folder in Path("/proc").glob("[0-9]*") if _group(folder) == group]
    return sum(_field(folder / "smaps_rollup", "Pss") for folder in members)


def _group(folder: Path) -> int:
    with suppress(OSError, ValueError, IndexError):
        # The name of a program, in parentheses, may hold blanks.
        return int((folder / "stat").read_text().rpartition(")")[2].split()[2])
    return 0


def _field(file: Path, name: str) -> int:
    """A field in kB of one of the files below /proc, in bytes; 0 where there is none."""
    with suppress(OSError, ValueError, IndexError):
        for line in file.read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0
