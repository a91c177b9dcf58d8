"""Hypothesis strategies for parameters and spaces, shared by the tests of this folder."""

from dataclasses import replace

from hypothesis import strategies as st

from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space

TEXT = st.text("abcxyz_/.-", min_size=1, max_size=8)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(-1e6, 1e6), TEXT)


@st.composite
def floats(draw):
    """A Float, also with bounds many orders of magnitude apart or equal."""
    log = draw(st.booleans())
    bounds = st.floats(1e-12, 1e12) if log else st.floats(-1e6, 1e6)
    low, high = sorted([draw(bounds), draw(bounds)])
    return Float(low, high, log)


@st.composite
def stepped(draw):
    """A number in steps or by factors, on any scale on which it can be; also one with a single value."""
    low, count = draw(st.integers(1, 500)), draw(st.integers(0, 60))
    scale = draw(st.sampled_from(["linear", "log", "one_minus"]))
    spacing = draw(st.integers(1, 40))
    if scale == "one_minus":
        if draw(st.booleans()):
            return Float(low / 1000, 0.999, one_minus=True, factor=1 + spacing / 8)
        return Float(low / 1000, 0.999, one_minus=True, step=spacing / 1000)
    log = scale == "log"
    if log and draw(st.booleans()):
        count = min(count, 9)
        if draw(st.booleans()):
            return Integer(low, low * (spacing + 1) ** count, log, factor=spacing + 1)
        ratio = 1 + spacing / 8
        return Float(low / 64, low / 64 * ratio**count * 1.01, log, factor=ratio)
    if draw(st.booleans()):
        return Integer(low, low + count * spacing + spacing // 2, log, step=spacing)
    return Float(low / 64, (low + count * spacing) / 64, log, step=spacing / 64)


@st.composite
def integers(draw):
    """An Integer, also with one value only."""
    log = draw(st.booleans())
    bounds = st.integers(1 if log else -10_000, 10_000)
    low, high = sorted([draw(bounds), draw(bounds)])
    return Integer(low, high, log)


@st.composite
def categoricals(draw):
    """A Categorical of choices that may look alike: 1, True, "1" and None."""
    key = lambda v: (isinstance(v, bool) or v is None, isinstance(v, str), v)  # noqa: E731
    choices = draw(st.lists(SCALARS, min_size=1, max_size=6, unique_by=key))
    return Categorical(tuple(choices), draw(st.booleans()))


PARAMETERS = st.one_of(floats(), integers(), stepped(), categoricals())


@st.composite
def spaces(draw):
    """A space of up to six parameters, some of which depend on a category before them."""
    names = draw(st.lists(TEXT, min_size=1, max_size=6, unique=True))
    parameters = {}
    for name in names:
        parameter = draw(PARAMETERS)
        parents = [n for n, p in parameters.items() if isinstance(p, Categorical)]
        if parents and draw(st.booleans()):
            parent = draw(st.sampled_from(parents))
            values = draw(
                st.sets(st.sampled_from(range(len(parameters[parent].choices))), min_size=1)
            )
            when = {parent: tuple(parameters[parent].choices[i] for i in sorted(values))}
            parameter = replace(parameter, when=when)
        parameters[name] = parameter
    return Space(parameters)
