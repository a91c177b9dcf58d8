"""Builds the compiled part of logminer where there is a C compiler, and goes without where there is none."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

SOURCE = "logminer/formats/events/follow.c"
FLAGS = ("-O2", "-shared", "-fPIC", "-fvisibility=hidden")


class CompiledPart(BuildHookInterface[Any]):
    """Adds the library to the wheel, which then is one for this platform and any Python 3."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile before the wheel is put together."""
        if self.target_name != "wheel" or sys.platform == "win32":
            return
        source = Path(self.root, SOURCE)
        library = source.with_suffix(".so")
        compiler = shlex.split(os.environ.get("CC", "cc"))
        try:
            subprocess.run(  # noqa: S603
                [*compiler, *FLAGS, "-o", str(library), str(source)],
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            library.unlink(missing_ok=True)
            self.app.display_warning(f"logminer goes without its compiled part: {error}")
            return
        build_data["artifacts"].append(f"/{SOURCE.removesuffix('c')}so")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(iter(platform_tags()))}"
