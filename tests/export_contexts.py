"""Export contexts for the tests of exports."""

import numpy as np
from factories import HOSTILE, SPACE, history_of, landscape

from logminer.core.objective import Objective
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.exports._context import ExportContext

FULL = Space(
    {
        **SPACE.parameters,
        "depth": Categorical((2, 4, 8), ordered=True),
        "layers": Integer(1, 5),
        "momentum": Float(0.5, 0.99, one_minus=True),
        "fixed": Float(0.5, 0.5),
        "loss": Categorical(("mse", None)),
        "delta": Float(0.1, 1.0, when={"loss": ("mse",), "optimizer": ("adam",)}),
    },
    forbidden=({"optimizer": "lion", "depth": 8},),
)
# Numbers in steps and by factors, on every scale.
STEPPED = Space(
    {
        "dropout": Float(0.1, 0.5, step=0.05),
        "units": Integer(32, 1024, step=32),
        "kernel": Integer(3, 9, step=2),
        "width": Integer(16, 256, log=True, factor=2),
        "rate": Float(1e-4, 1e-1, log=True, factor=10),
        "hidden": Integer(8, 64, log=True, step=8),
        "decay": Float(0.9, 0.999, one_minus=True, factor=10),
        "cut": Float(0.0, 1.0, step=0.001),
        "mesh": Integer(5, 5000, log=True, step=7),
    }
)
# Names and values that would end a string, a line, a comment or a document, if written as they are.
BREAKING = (
    HOSTILE,
    "a'b\"c\\",
    "line\nimport os; os.abort()\n#",
    "'''\n\"\"\"",
    "{x} %s ${now:} #",
    "- !!python/object/apply:os.abort []",
    "größe\u202e\u2028",
    "$(touch x)`id`;&|",
)


def make_context(space=FULL, n=3, runs=20, seed=0, mode="min", task="task", **changed):
    """A context with suggestions and the task's own past runs."""
    rng = np.random.default_rng(seed)
    drawn = space.sample(runs, rng)
    known = {"learning_rate", "dropout", "optimizer", "batch_size"} <= set(space.names)
    values = [landscape(c) if known else i / runs for i, c in enumerate(drawn)]
    history = history_of(drawn, values, space, tasks=task, mode=mode) if runs else None
    ahead = tuple(
        Suggestion(c, because=(f"reason {i}",), strategy="random")
        for i, c in enumerate(space.sample(n, rng))
    )
    given = {"objective": Objective("val/loss", mode), "history": history, "notes": ("a note",)}
    return ExportContext(space, ahead, task, **{**given, **changed})


def hostile_context():
    """Every text that may come out of a log is one that breaks out of careless quotes."""
    parameters = {text: Float(0.1, 1.0) for text in BREAKING}
    parameters["choice"] = Categorical(BREAKING)
    first = BREAKING[0]
    parameters["child"] = Integer(1, 9, when={"choice": BREAKING[:2], first: (0.5,)})
    space = Space(parameters, forbidden=({"choice": BREAKING[1]},))
    context = make_context(space, task=BREAKING[2])
    context.history.trials["name"] = (list(BREAKING) * 3)[: len(context.history)]
    ahead = tuple(Suggestion(c, because=(*BREAKING, HOSTILE)) for c in context.configs)
    return ExportContext(
        space, ahead, BREAKING[2], Objective(BREAKING[3], "max"), context.history, (HOSTILE,),
        fixed={f"fixed {text}": text for text in BREAKING},
    )  # fmt: skip
