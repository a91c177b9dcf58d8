"""Rebuild every family file and SOURCES.md from the records: ``python priors/build.py``.

``records.jsonl`` holds one published config a line under canonical names, ``spaces.jsonl`` the search spaces,
``sources.jsonl`` where both were read. Nothing here is decided by hand but what a family is conditioned on.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from logminer.core.names import unit, words
from logminer.core.published import Evidence, PublishedPrior, PublishedSpace, Source
from logminer.core.published_file import parse_prior, prior_to_text
from logminer.core.space_spec import space_from_spec
from logminer.published.evidence import HeldOut, held_out, typicality, with_gains
from logminer.published.ranking import ranked
from logminer.published.summarise import (
    KIND_WEIGHTS,
    Record,
    distinct,
    plain_parameters,
    summarise,
)

HERE = Path(__file__).parent
MOST_CONFIGS = 80
MOST_PARAMETERS = 60

# What a value means depends on this, most telling first; everything else on the optimizer and the phase.
CONDITIONED_ON = {
    "reinforcement_learning": ("algorithm",),
    "llm_finetuning": ("method", "optimizer"),
    "nlp_finetuning": ("method", "optimizer"),
    "diffusion": ("optimizer", "phase"),
    **dict.fromkeys(
        ["tabular_gbdt", "tabular_trees", "tabular_linear", "tabular_other", "tabular_foundation", "kge",
         "time_series"], ("algorithm",)),
    **dict.fromkeys(["tabular_mlp", "tabular_transformer", "ctr_recommendation"], ("algorithm", "optimizer")),
}  # fmt: skip
DEFAULT_CONDITIONED_ON = ("optimizer", "phase")

# One algorithm has several names across libraries.
ALGORITHMS = {
    "gbm": "lightgbm", "gbm_prep": "lightgbm", "lgbm": "lightgbm", "lightgbm_": "lightgbm", "cat": "catboost",
    "xgb": "xgboost", "xgb_limitdepth": "xgboost", "gradient_boosting": "hist_gradient_boosting",
    "rf": "random_forest", "xt": "extra_trees", "extra_tree": "extra_trees", "fastai": "fastai_mlp",
    "nn_torch": "mlp", "mlp": "mlp", "lr": "linear_model", "knn": "k_nearest_neighbors",
}  # fmt: skip
METHODS = {"full_finetune": "full", "full": "full", "sft": "full", "lora": "lora", "qlora": "qlora",
           "llama2_70b_lora": "lora", "dpo": "dpo", "text_classification": "full"}  # fmt: skip
# Linear scaling with the batch is this field's habit: lr = lr_per_256 * batch / 256.
PER_256 = ("image_classification", "self_supervised")
DERIVED = ("learning_rate_per_256", "tokens_per_batch")


def main() -> None:
    """Rebuild, or only check that what stands here is what the records give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a file would change"
    )
    check = parser.parse_args().check
    files = {f"{name}.json": prior_to_text(prior) for name, prior in build().items()}
    files["SOURCES.md"] = sources_page()
    stale = [name for name, text in files.items() if _read(name) != text]
    gone = [path for path in HERE.glob("*.json") if path.name not in files]
    if not check:
        for name in stale:
            (HERE / name).write_text(files[name], encoding="utf-8")
        for path in gone:
            path.unlink()
    stale += [path.name for path in gone]
    print(f"{len(files)} files, {len(stale)} {'would change' if check else 'changed'}")
    raise SystemExit(1 if check and stale else 0)


def _read(name: str) -> str:
    path = HERE / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def build() -> dict[str, PublishedPrior]:
    """Every family's prior, by name."""
    by_family = defaultdict(list)
    for row in rows("records"):
        by_family[row["family"]].append(row)
    spaces = defaultdict(list)
    for row in rows("spaces"):
        spaces[row["family"]].append(row)
    built = {name: family_prior(name, found, spaces[name]) for name, found in by_family.items()}
    # A family of a few one-off configs says nothing in numbers; its records stay for later.
    return {name: prior for name, prior in sorted(built.items()) if prior.parameters}


def rows(name: str) -> list[dict[str, Any]]:
    """One of the record files as plain data."""
    with (HERE / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def sources() -> dict[str, Source]:
    """Every source by identity."""
    return {
        row["id"]: Source(row["repo"], row["version"], row["licence"]) for row in rows("sources")
    }


def family_prior(
    family: str, found: Sequence[Mapping[str, Any]], spaces: Sequence[Mapping[str, Any]]
) -> PublishedPrior:
    """One family's prior from its records and spaces."""
    records = distinct([record(row) for row in found])
    conditioned_on = conditions(family, records)
    plain = dict(list(plain_parameters(records).items())[:MOST_PARAMETERS])
    parameters = summarise(records, conditioned_on, plain, {name: counts(name) for name in plain})
    result = held_out(records, conditioned_on, plain, DERIVED)
    cited = {row["source"] for row in (*found, *spaces)} | {r.source for r in records}
    prior = PublishedPrior(
        name=family,
        origin="published",
        matches=matches(family, records),
        conditioned_on=conditioned_on,
        parameters=with_gains(parameters, result),
        configs=ranked(
            records, list(plain), conditioned_on, typicality(parameters, records), MOST_CONFIGS
        ),
        spaces=tuple(published_space(row) for row in spaces),
        sources={key: source for key, source in sources().items() if key in cited},
        evidence=stricter(result, held_out(by_owners(records), conditioned_on, plain, DERIVED)),
        records=len(found),
    )
    # What is shipped has passed the same checks as what a stranger sends.
    return parse_prior(prior_to_text(prior), family)


def family_result(family: str, *, by_owner: bool = False) -> HeldOut:
    """The leave-one-source-out result of one family; ``by_owner`` holds out all repositories of an owner at once."""
    records = distinct([record(row) for row in rows("records") if row["family"] == family])
    plain = dict(list(plain_parameters(records).items())[:MOST_PARAMETERS])
    units = by_owners(records) if by_owner else records
    return held_out(units, conditions(family, records), plain, DERIVED)


def by_owners(records: Sequence[Record]) -> list[Record]:
    """The records with the owner of a repository as their source: one owner's repositories share habits."""
    owners = {key: source.repo.split("/")[0] for key, source in sources().items()}
    return [replace(r, source=owners[r.source], group=f"{r.source}:{r.group}") for r in records]


def stricter(*results: HeldOut) -> Evidence:
    """The evidence with the lowest interval among those that had enough sources to be a test."""
    found = [result.evidence for result in results]
    tested = [evidence for evidence in found if evidence.low is not None]
    return min(tested, key=lambda evidence: evidence.low or 0.0) if tested else found[0]


def conditions(family: str, records: Sequence[Record]) -> tuple[str, ...]:
    """What the family's values depend on, as far as its records differ in it."""
    wanted = CONDITIONED_ON.get(family, DEFAULT_CONDITIONED_ON)
    return tuple(name for name in wanted if len({r.context.get(name) for r in records}) > 1)


def counts(name: str) -> str:
    """Unit of a parameter where it matters; a batch is what one optimizer step sees."""
    return "total" if name == "batch_size" else unit(name)


def record(row: Mapping[str, Any]) -> Record:
    """A line of the records as the statistics see it."""
    config = dict(row["config"])
    if (
        row["family"] in PER_256
        and _positive(config.get("learning_rate"))
        and _positive(config.get("batch_size"))
    ):
        config["learning_rate_per_256"] = float(
            f"{config['learning_rate'] * 256 / config['batch_size']:.6g}"
        )
    if (
        row["family"] == "llm_pretraining"
        and _positive(config.get("batch_size"))
        and _positive(config.get("seq_length"))
    ):
        config.setdefault("tokens_per_batch", config["batch_size"] * config["seq_length"])
    model = str(row.get("model", "")).lower()
    group = row.get("group") or f"{row['task']}:{'_'.join(model.split('_')[:1])}"
    place = row["path"] + (f"#{row['at']}" if row.get("at") else "")
    return Record(
        config=config,
        context=context(row, config),
        source=_first_of_repo()[row["source"]],
        group=group,
        weight=KIND_WEIGHTS[row["kind"]],
        ref=f"{row['source']}:{place}",
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


_FIRST: dict[str, str] = {}


def _first_of_repo() -> dict[str, str]:
    """Two commits of one repository are one independent source."""
    if not _FIRST:
        first: dict[str, str] = {}
        for key, source in sources().items():
            _FIRST[key] = first.setdefault(source.repo, key)
    return _FIRST


def context(row: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    """What a record was used for."""
    model = str(row.get("model", "")).lower()
    found = {
        "phase": "pretrain" if row["family"].endswith("pretraining") else str(row["phase"]),
        "optimizer": str(config.get("optimizer", "")),
        "algorithm": _algorithm(row, model),
        "method": METHODS.get(row["task"], ""),
        "model": model,
        "dataset": str(row.get("dataset", "")),
    }
    wanted = {*CONDITIONED_ON.get(row["family"], DEFAULT_CONDITIONED_ON), "model", "dataset"}
    if config.get("peft_type"):
        found["method"] = "lora" if str(config["peft_type"]).upper() == "LORA" else "peft"
    return {name: value[:120] for name, value in found.items() if value and name in wanted}


def _algorithm(row: Mapping[str, Any], model: str) -> str:
    if row["family"] == "reinforcement_learning":
        return str(row["task"])
    return ALGORITHMS.get(model, model)


def matches(family: str, records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """Words by which the family is recognised: contexts, and the words of model and data set names."""
    found = {"family": (family,)}
    for kind in ("optimizer", "phase", "method", "algorithm"):
        values = _frequent(r.context[kind] for r in records if kind in r.context)
        if values:
            found[kind] = values
    found["model"] = _frequent(
        w for r in records for w in set(name_words(r.context.get("model", "")))
    )
    found["dataset"] = _frequent(
        w for r in records for w in set(name_words(r.context.get("dataset", "")))
    )
    return {kind: values for kind, values in found.items() if values}


# Words of model and data set names that tell no family from another.
TELL_NOTHING = frozenset(
    ["base", "large", "small", "tiny", "huge", "config", "configs", "default", "library", "see", "source", "user",
     "data", "dataset", "the", "and", "with", "portfolio", "model", "like", "from", "train", "test", "val", "in1k",
     "instruct", "chat", "track", "single", "multi", "device", "full", "low", "memory", "examples", "example", "step",
     "pre", "post", "norm", "net", "attention", "max", "min", "new", "best", "batch", "size", "mini", "mixed"]
)  # fmt: skip


def name_words(name: str) -> Iterable[str]:
    """Telling words of a model or data set name: ``resnet50_v1b`` gives ``resnet50`` and ``resnet``."""
    for word in words(name):
        stem = word.rstrip("0123456789")
        for candidate in {word, stem}:
            if len(candidate) >= 3 and not candidate.isdigit() and candidate not in TELL_NOTHING:
                yield candidate


def _frequent(values: Iterable[str], most: int = 60) -> tuple[str, ...]:
    counted = Counter(value for value in values if value)
    return tuple(sorted(counted, key=lambda v: (-counted[v], v))[:most])


def published_space(row: Mapping[str, Any]) -> PublishedSpace:
    """A line of the spaces as a space with its reference."""
    place = row.get("path", "") + (f"#{row['at']}" if row.get("at") else "")
    return PublishedSpace(
        row["name"], space_from_spec(row["parameters"]), f"{row['source']}:{place}"
    )


def sources_page() -> str:
    """``SOURCES.md``: every repository, version and licence with the number of records read from it."""
    records = Counter(row["source"] for row in rows("records"))
    spaces = Counter(row["source"] for row in rows("spaces"))
    lines = [
        "# Sources",
        "",
        "Numbers and names of hyperparameters, read at the versions below; no text and no code was taken over.",
        "Each record in `records.jsonl` and each space in `spaces.jsonl` names its source, path and place.",
        "This page is written by `python priors/build.py`.",
        "",
        "| id | source | version | licence of the source | configs | spaces |",
        "|---|---|---|---|---:|---:|",
    ]
    for key, source in sources().items():
        lines.append(
            f"| {key} | {source.repo} | `{source.version}` | {source.licence} | {records[key]} | {spaces[key]} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
