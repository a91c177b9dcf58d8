"""NePS: the pipeline space carries the first suggestion as its prior."""

import ast
import runpy

import pytest
from export_contexts import FULL, hostile_context, make_context

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space
from logminer.exports import neps as target
from logminer.exports._context import ExportContext


def test_the_module_is_plain_data_and_calls_of_ours():
    """Whatever a log calls things."""
    hostile = hostile_context()
    tree = ast.parse(target.write(hostile))
    kinds = ["ImportFrom", "Assign", "Assign", "For", "Assign", "Assign"]
    assert [type(n).__name__ for n in tree.body] == kinds


def test_priors_stand_where_the_config_sets_a_value():
    """Choices by their place; what does not apply has none."""
    context = make_context()
    first, text = context.configs[0], target.write(context)
    lr, place = first["learning_rate"], FULL.parameters["optimizer"].index(first["optimizer"])
    assert f"Float(1e-05, 1.0, log=True, prior={lr}, prior_confidence='medium')" in text
    assert f"Categorical(['sgd', 'adam', 'lion'], prior={place}, prior_confidence='medium')" in text
    unset = next(n for n in ("nesterov", "beta2", "delta") if n not in first)
    (line,) = [line for line in text.splitlines() if line.startswith(f"    '{unset}': ")]
    assert "prior" not in line


def test_the_direction_is_said():
    """NePS only minimises."""
    assert "return the negative" in target.write(make_context(mode="max"))
    assert "return the negative" not in target.write(make_context(mode="min"))


def test_names_that_neps_would_pass_over_are_refused():
    """Rather than searched without."""
    with pytest.raises(UsageError, match="'_x'"):
        target.write(ExportContext(Space({"_x": Float(0, 1)})))


def test_neps_reads_the_space(tmp_path):
    """Each parameter with its prior; the written module and the function agree."""
    pytest.importorskip("neps")
    context = make_context()
    (tmp_path / "space.py").write_text(target.write(context))
    written = runpy.run_path(str(tmp_path / "space.py"))["SPACE"].get_attrs()
    made = target.pipeline_space(FULL, context.configs[0]).get_attrs()
    assert list(written) == list(made) == FULL.names
    assert repr(written["learning_rate"].get_attrs()) == repr(made["learning_rate"].get_attrs())
    for name, value in context.configs[0].items():
        if name != "fixed":
            p = FULL.parameters[name]
            assert made[name].prior == (p.index(value) if isinstance(p, Categorical) else value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NePS's own dependencies
def test_neps_searches_from_the_prior(tmp_path):
    """Its own loop, for a few evaluations inside the space."""
    neps = pytest.importorskip("neps")
    plain = Space({n: FULL.parameters[n] for n in ("learning_rate", "layers", "optimizer")})
    context = make_context(plain, runs=0)
    seen = []

    def evaluate(learning_rate, layers, optimizer):
        seen.append({"learning_rate": learning_rate, "layers": layers, "optimizer": optimizer})
        return learning_rate

    space = target.pipeline_space(plain, context.configs[0])
    neps.run(
        evaluate, pipeline_space=space, root_directory=tmp_path / "neps", worker_evaluations_to_spend=3,
        optimizer=("random_search", {"use_priors": True}),
    )  # fmt: skip
    assert len(seen) == 3
    assert [plain.why_not(config) for config in seen] == [""] * 3
