"""Choose."""
from logminer.strategies.gp import suggest as suggest
