"""Prior files: what is written comes back, and whatever else is sent gives one clear error."""

import copy
import json

import numpy as np
import pytest

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float
from logminer.core.prior import PastTask
from logminer.core.published import (
    Belief,
    Evidence,
    PublishedConfig,
    PublishedParameter,
    PublishedPrior,
    PublishedSpace,
    Source,
)
from logminer.core.published_file import MAX_CONFIGS, parse_prior, prior_to_plain, prior_to_text
from logminer.core.space import Space


def belief(**changed):
    fields = {
        "when": {}, "centre": 0.1, "spread": 2.0, "low": 0.01, "high": 1.0, "common": ((0.1, 0.6), (0.01, 0.4)),
        "sources": ("s1",), "groups": 3, "configs": 4, "confidence": 0.5,
    }  # fmt: skip
    return Belief(**{**fields, **changed})


def prior():
    learning_rate = PublishedParameter(
        Float(1e-3, 10.0, log=True), (belief(), belief(when={"optimizer": "sgd"})), "", 0.4
    )
    optimizer = PublishedParameter(
        Categorical(("sgd", "adam")), (belief(centre="sgd", spread=0.0, low=None, high=None, common=(("sgd", 1.0),)),)
    )  # fmt: skip
    return PublishedPrior(
        name="toys",
        origin="published",
        matches={"model": ("toy",)},
        conditioned_on=("optimizer",),
        parameters={"learning_rate": learning_rate, "optimizer": optimizer},
        configs=(PublishedConfig({"learning_rate": 0.1, "nesterov": True}, 1.0, {"optimizer": "sgd"}, ("s1:a.py#3",), 2),),
        spaces=(PublishedSpace("box", Space({"learning_rate": Float(0.01, 1.0)}), "s1:b.py"),),
        sources={"s1": Source("owner/name", "0" * 40, "MIT")},
        evidence=Evidence("good", 1.0, 0.5, 1.5, 4),
        records=7,
        tasks=(PastTask("digits", ({"learning_rate": 0.1},), np.array([0.25]), ("",)),),
    )  # fmt: skip


def test_a_prior_comes_back_unchanged():
    """Writing and reading a prior loses nothing, past tasks included."""
    given = prior()
    back = parse_prior(prior_to_text(given))
    assert back == given
    assert back.tasks[0].configs == given.tasks[0].configs
    assert back.tasks[0].losses.tolist() == [0.25]


def test_the_closest_context_is_believed():
    """A belief holds where all its conditions do; without them the general one does."""
    known = prior().parameters["learning_rate"]
    assert known.belief({"optimizer": "sgd"}) is known.beliefs[1]
    assert known.belief({"optimizer": "adam"}) is known.beliefs[0]
    assert known.belief({}) is known.beliefs[0]


def test_a_reference_is_cited_with_commit_path_and_licence():
    """Every config can be traced to the line it was read from."""
    assert prior().cite("s1:a.py#3") == "owner/name@000000000000 a.py#3 (MIT)"


HOSTILE = {
    "a wrong schema": lambda d: d.update(schema="logminer-prior/9"),
    "no schema": lambda d: d.pop("schema"),
    "an unknown field": lambda d: d.update(run="rm -rf"),
    "a missing field": lambda d: d.pop("configs"),
    "low above high": lambda d: d["parameters"]["learning_rate"]["space"].update(low=20.0),
    "a log scale from zero": lambda d: d["parameters"]["learning_rate"]["space"].update(low=0.0),
    "text for a bound": lambda d: d["parameters"]["learning_rate"]["space"].update(low="x"),
    "a huge integer": lambda d: d["parameters"]["learning_rate"]["space"].update(high=10**400),
    "a huge float": lambda d: d["configs"][0]["config"].update(learning_rate=1e301),
    "low quantile above high": lambda d: d["parameters"]["learning_rate"]["beliefs"][0].update(low=2.0),
    "a negative spread": lambda d: d["parameters"]["learning_rate"]["beliefs"][0].update(spread=-1),
    "a share above one": lambda d: d["parameters"]["learning_rate"]["beliefs"][0].update(common=[[0.1, 3]]),
    "no general belief": lambda d: d["parameters"]["learning_rate"].update(beliefs=[]),
    "script in a parameter's name": lambda d: d["parameters"].update({"<script>alert(1)</script>": d["parameters"]["optimizer"]}),
    "script in a config's name": lambda d: d["configs"][0]["config"].update({"<img onerror=x>": 1}),
    "script in a value": lambda d: d["configs"][0]["config"].update(optimizer="<b>"),
    "script in a source": lambda d: d["sources"]["s1"].update(repo="<script>"),
    "an escape sequence": lambda d: d["sources"]["s1"].update(repo="\x1b[2J"),
    "a nested config value": lambda d: d["configs"][0]["config"].update(a={"b": 1}),
    "a reference to nowhere": lambda d: d["configs"][0].update(refs=["s9:x"]),
    "a belief without its source": lambda d: d["parameters"]["optimizer"]["beliefs"][0].update(sources=["s9"]),
    "a million configs": lambda d: d.update(configs=[d["configs"][0]] * 1_000_000),
    "one config too many": lambda d: d.update(configs=[d["configs"][0]] * (MAX_CONFIGS + 1)),
    "configs that are no list": lambda d: d.update(configs={"a": 1}),
    "a task with fewer losses": lambda d: d["tasks"][0].update(losses=[]),
    "a loss that is text": lambda d: d["tasks"][0].update(losses=["0.1"]),
    "an empty space": lambda d: d["spaces"][0].update(parameters={}),
    "an unknown confidence": lambda d: d["evidence"].update(confidence="sure"),
    "an unknown origin": lambda d: d.update(origin="elsewhere"),
    "nothing at all": lambda d: d.clear(),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_prior_gives_one_clear_error(what):
    """Whatever is wrong, the error is a UsageError of one short line that names the file."""
    data = copy.deepcopy(prior_to_plain(prior()))
    HOSTILE[what](data)
    with pytest.raises(UsageError) as caught:
        parse_prior(json.dumps(data), "gift.json")
    message = str(caught.value)
    assert message.startswith("gift.json: ")
    assert message.isprintable()
    assert len(message) < 300


@pytest.mark.parametrize(
    "text",
    ["", "[", "null", "[1]", '"x"', b"\xff\xfe", "[" * 100_000, '{"schema": NaN}', '{"schema": "logminer-prior/1"}'],
    ids=["empty", "cut", "null", "list", "text", "bytes", "deep", "nan", "bare"],
)  # fmt: skip
def test_what_is_no_prior_gives_one_clear_error(text):
    """Damaged JSON, endless nesting and NaN are refused without a traceback of another kind."""
    with pytest.raises(UsageError, match=r"^gift: "):
        parse_prior(text, "gift")


def test_nan_bounds_are_refused():
    """JSON that spells NaN or Infinity is no prior."""
    for word in ("NaN", "Infinity", "-Infinity"):
        text = prior_to_text(prior()).replace('"high":10.0', f'"high":{word}')
        assert word in text
        with pytest.raises(UsageError, match="is not a number"):
            parse_prior(text)


def test_deep_nesting_inside_a_parameter_is_refused():
    """A description nested a thousand deep neither crashes nor passes."""
    data = prior_to_plain(prior())
    deep = 1.0
    for _ in range(900):
        deep = [deep]
    data["parameters"]["learning_rate"]["space"]["low"] = deep
    with pytest.raises(UsageError):
        parse_prior(json.dumps(data))


JUNK = [
    None,
    True,
    -1,
    10**400,
    "",
    "<x>",
    "a" * 500,
    [],
    {},
    [[]],
    {"a": {}},
    ["x"],
    "\x00",
    {"low": 1, "high": 0},
]


def places(data, path=()):
    """Every place in nested plain data."""
    yield path
    entries = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in entries:
        yield from places(value, (*path, key))


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: repr(junk)[:12])
def test_junk_anywhere_is_an_error_or_harmless(junk):
    """Whatever stands at whatever place, a prior is read or one UsageError is raised, nothing else."""
    plain = json.loads(prior_to_text(prior()))
    for path in list(places(plain))[1:]:
        data = copy.deepcopy(plain)
        holder = data
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = junk
        try:
            parse_prior(json.dumps(data), "gift")
        except UsageError as error:
            assert str(error).isprintable()  # noqa: PT017
