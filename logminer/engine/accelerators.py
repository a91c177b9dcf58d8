"""A worker's accelerators: which devices there are, and the variables that show a process some of them only."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")


def devices(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Names of the devices that this process may use: those that it is told, else those of the machine."""
    for name in VARIABLES:
        if name in environment:
            return [
                word.strip()
                for word in environment[name].split(",")
                if word.strip() not in ("", "-1")
            ]
    nvidia = [p for p in Path("/dev").glob("nvidia[0-9]*") if p.name[6:].isdigit()]
    amd = [*Path("/sys/class/drm").glob("renderD*/device/pp_dpm_sclk")]
    return [str(i) for i in range(len(nvidia) or len(amd))]


def slots(count: int, each: float) -> int:
    """How many workers ``count`` devices serve, with ``each`` devices a worker or several workers a device."""
    return int(count // each) if each >= 1 else count * int(1 / each + 1e-9)


def visible(slot: int, each: float, named: list[str]) -> dict[str, str]:
    """Variables that show the ``slot``-th worker its devices."""
    if each >= 1:
        mine = named[slot * int(each) : (slot + 1) * int(each)]
    else:
        mine = [named[slot // int(1 / each + 1e-9)]]
    # ROCm's own variable selects first and renumbers what the others then see: where it is in use, it alone is set.
    names = (
        ["ROCR_VISIBLE_DEVICES"] if "ROCR_VISIBLE_DEVICES" in os.environ else list(VARIABLES[:2])
    )
    return dict.fromkeys(names, ",".join(mine))
