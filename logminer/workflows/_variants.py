"""What tells runs of one config apart that is not searched: a sentence of what was changed, a budget that was planned."""

import re
from collections.abc import Collection

import pandas as pd

from logminer.core.names import words
from logminer.formats.documents.values import spoken

_NAMES = spoken("""
    description descriptions note notes comment comments change changes changed hypothesis idea message summary what
    tried experiment modification remark remarks
""")
_FEWEST_WORDS = 3  # of a sentence; fewer are a name
_REPEAT = re.compile(
    r"\b(?:seed|rerun|re-run|repeat|repetition|replicate|trial|attempt|try|run|again|fold)\b\W*\d*"
)


def variants(params: pd.DataFrame, budgets: Collection[str], runs: pd.Index) -> pd.Series:
    """A text for each run that differs between runs that are no repeats of one another; empty for most.

    Args:
        params: long frame with columns ``run``, ``name``, ``value`` and ``kind``, as recorded.
        budgets: names of budgets: those that a tool declares were planned, what stands in a table may be measured.
        runs: ids of runs.
    """
    return _descriptions(params, runs) + _plans(params, budgets, runs)


def _descriptions(params: pd.DataFrame, runs: pd.Index) -> pd.Series:
    """What is written of each run in words; the number of a repeat is no part of it."""
    texts = pd.Series("", index=runs, dtype=object)
    names = [name for name in params["name"].unique().tolist() if _NAMES & {*words(name)[-1:]}]
    for name in names:
        written = _by_run(params, name, runs)
        plain = written.map(lambda value: _plain(value) if isinstance(value, str) else "")
        if _are_sentences(plain):
            texts = texts + f"{name}: " + plain + "\n"
    return texts


def _plans(params: pd.DataFrame, budgets: Collection[str], runs: pd.Index) -> pd.Series:
    """The budgets of each run that were chosen before it, where they differ."""
    texts = pd.Series("", index=runs, dtype=object)
    chosen = params[(params["kind"] == "param") & params["name"].isin(list(budgets))]
    for name in sorted(chosen["name"].unique().tolist()):
        planned = _by_run(chosen, name, runs).map(str)
        if planned.nunique() > 1:
            texts = texts + f"{name}: " + planned + "\n"
    return texts


def _by_run(params: pd.DataFrame, name: str, runs: pd.Index) -> pd.Series:
    own = params[params["name"] == name].drop_duplicates("run")
    return own.set_index("run")["value"].reindex(runs)


def _plain(text: str) -> str:
    return " ".join(_REPEAT.sub(" ", text.lower()).split())


def _are_sentences(texts: pd.Series) -> bool:
    """Whether most runs have a sentence, and not all the same."""
    written = texts[texts != ""]
    if len(written) * 2 <= len(texts):
        return False
    long = sum(len(text.split()) >= _FEWEST_WORDS for text in written)
    return 2 * long > len(written) and written.nunique() > 1
