"""logminer: mine past training logs for top performers, and start every search warm."""

__version__ = "0.1.0"
