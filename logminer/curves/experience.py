"""The experience that comes with logminer: what learning curves of public collections teach of any other.

``priors/curves.py`` fits it; docs/curves.md names the collections.
"""

from functools import cache
from pathlib import Path

import logminer
from logminer.core.errors import NothingFoundError
from logminer.curves.learning import Learnt
from logminer.curves.packing import unpack

_FILE = "curves.npz"


@cache
def packaged() -> Learnt:
    """The experts fitted on public curves.

    Raises:
        NothingFoundError: the installation lacks the file.
    """
    package = Path(logminer.__file__).parent
    for place in (package / "_priors", package.parent / "priors"):
        if (place / _FILE).is_file():
            learnt = unpack((place / _FILE).read_bytes(), None).learnt
            if learnt is not None:
                return learnt
    raise NothingFoundError("the packaged curve prior is missing", "install logminer again")
