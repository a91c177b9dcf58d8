"""A registry whose list is a folder: the file name is the plug-in's name.

Listing imports nothing, so that ``logminer formats`` and ``--help`` stay instant. Packages
from outside join through an entry point of the registry's group.
"""

from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from logminer.core.errors import UsageError, did_you_mean


class Registry:
    """The plug-ins of one package folder, plus those registered by entry point.

    Args:
        package: dotted name of the folder, e.g. ``"logminer.formats"``; also the entry-point group.
        noun: what one plug-in is called in messages, e.g. ``"format"``.
    """

    def __init__(self, package: str, noun: str) -> None:
        self.package = package
        self.noun = noun

    @cached_property
    def _own(self) -> list[str]:
        folder = Path(__file__).parent.parent.joinpath(*self.package.split(".")[1:])
        return sorted(f.stem for f in folder.glob("*.py") if not f.stem.startswith("_"))

    @cached_property
    def _outside(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.package)}

    def names(self) -> list[str]:
        """Names of all plug-ins, sorted, without importing any."""
        return sorted({*self._own, *self._outside})

    def load(self, name: str) -> ModuleType | Any:
        """Import one plug-in.

        Raises:
            UsageError: no plug-in has that name.
        """
        if name in self._own:
            return import_module(f"{self.package}.{name}")
        if name in self._outside:
            return self._outside[name].load()
        raise UsageError(
            f"no {self.noun} '{name}'{did_you_mean(name, self.names())}",
            hint=f"choose from: {', '.join(self.names())}",
        )

    def load_all(self) -> dict[str, ModuleType | Any]:
        """Import every plug-in, by name."""
        return {name: self.load(name) for name in self.names()}

    def summary(self, name: str) -> str:
        """First line of a plug-in's docstring."""
        return (self.load(name).__doc__ or "").strip().partition("\n")[0]
