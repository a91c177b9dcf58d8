"""Search strategies, one a file: each proposes the next configs from what is known.

A strategy is a module with ``suggest(space, history, prior, n, rng)``. It keeps no state: what it needs
it derives from the trials of this study, pending ones included, so that resuming is reading them again, two
machines can ask at once, and any ask can be replayed.
"""

from logminer.core.registry import Registry

STRATEGIES = Registry("logminer.strategies", "strategy")
