"""Commands in processes of their own, prepared there: running code between fork and exec can hang beside threads."""

import sys

_HEED_CTRL_C = "signal.signal(signal.SIGINT, signal.default_int_handler)"
_CAP = "resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"
_RUN = "runpy.run_module('logminer', run_name='__main__', alter_sys=True)"


def logminer(*words, most_bytes=None):
    """The command line of ``logminer`` as a terminal starts it.

    Tests that run in the background inherit that Ctrl-C is ignored; a terminal's commands do not.

    Args:
        words: its arguments.
        most_bytes: how large a file it may write, as on a full disk.
    """
    steps = ["import resource, runpy, signal", _HEED_CTRL_C]
    if most_bytes is not None:
        steps.append(_CAP.format(most_bytes))
    return [sys.executable, "-c", "\n".join([*steps, _RUN]), *map(str, words)]
