"""``python -m logminer`` is the ``logminer`` command."""

from logminer.cli import main

main()
