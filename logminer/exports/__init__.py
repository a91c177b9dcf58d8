"""What the logs teach, written for the tools that people search with: one file per tool.

A target is a module with ``write(context)``, which returns the text of a file, and ``limits(space)``, which
says what of a search space that tool cannot express. Names and values out of logs enter a text as quoted
literals only, and nothing in it is run here. Some targets also hold a bridge: a sampler, a pruner or a
searcher with which logminer searches inside the other tool.
"""

from logminer.core.registry import Registry

EXPORTS = Registry("logminer.exports", "export target")
