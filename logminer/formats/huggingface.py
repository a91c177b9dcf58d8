"""Hugging Face Trainer: ``trainer_state.json``, ``all_results.json``, model cards; LLaMA-Factory's logs and arguments.

Metric names are those the Trainer gives TensorBoard (``eval_loss`` is ``eval/loss``, ``loss`` is ``train/loss``),
so that all logs of a run agree. ``training_args.bin`` is a pickle and stays closed.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import records
from logminer.formats.documents.mappings import read_arguments
from logminer.formats.documents.values import flatten, is_number, load_json, parse_scalar
from logminer.formats.tables.table import Numbers, from_records, whole_steps, wide_points
from logminer.formats.trackers.objectives import best_model_meta, objective_meta
from logminer.formats.trackers.plans import STOPPED_EARLY, note_progress

NAMES = (
    "trainer_state.json", "*_results.json", "config.json", "readme.md", "trainer_log.jsonl", "training_args.yaml",
    "llamaboard_config.yaml", "adapter_config.json",
)  # fmt: skip

_CHECKPOINT = re.compile(r"checkpoint-\d+")
_RESULTS = re.compile(r"(all|train|eval|test|predict)_results\.json")
_CARD = b"hyperparameters were used during training"
_CARD_LINE = re.compile(r"^- ([A-Za-z_][\w ]*): (.+)$", re.MULTILINE)
_OPTIMIZER = re.compile(
    r"(?:Use )?(?:OptimizerNames\.)?(\w+) with betas=\(([\d.e-]+), ?([\d.e-]+)\) and epsilon=([\d.e-]+)"
)
_MARKS = (b'"train_runtime"', b'"eval_runtime"', b'"test_runtime"', b'"predict_runtime"')
_PARAMS = ("train_batch_size", "num_train_epochs", "max_steps")
_ARGUMENTS = (b"output_dir:", b"per_device_train_batch_size:")
_LOG_KEYS = {"lr": "learning_rate"}  # LLaMA-Factory's word for what the state calls otherwise
_LOG_SKIPPED = frozenset(
    {"current_steps", "total_steps", "percentage", "elapsed_time", "remaining_time", "throughput",
     "total_tokens"}
)  # fmt: skip
_SKIPPED = (
    "log_history",
    "stateful_callbacks",
    "trial_params",
    "is_local_process_zero",
    "is_world_process_zero",
)


def sniff(probe: Probe) -> Match:
    """A state that holds its log history, results with run times, or a model card written by the Trainer."""
    if probe.suffix == ".md":
        return Match.EXACT if _CARD in probe.head else Match.NO
    if probe.name == "trainer_log.jsonl":
        return Match.EXACT if '"current_steps"' in probe.first_line else Match.NO
    if probe.suffix == ".yaml":
        ours = any(mark in probe.head for mark in _ARGUMENTS)
        if (
            probe.name == "llamaboard_config.yaml"
        ):  # the form of the web page, repeated in the arguments
            return Match.PARTS if "training_args.yaml" in probe.siblings else Match.NO
        return Match.EXACT if ours else Match.NO
    if probe.name == "adapter_config.json":
        if b'"peft_type"' not in probe.head:
            return Match.NO
        return Match.PARTS if "training_args.yaml" in probe.siblings else Match.EXACT
    if probe.name == "trainer_state.json":
        return (
            Match.EXACT
            if b'"log_history"' in probe.head or b'"global_step"' in probe.head
            else Match.NO
        )
    if probe.name == "config.json":
        model = b'"transformers_version"' in probe.head or b'"model_type"' in probe.head
        return Match.EXACT if model and "trainer_state.json" in probe.siblings else Match.NO
    ours = "trainer_state.json" in probe.siblings or any(mark in probe.head for mark in _MARKS)
    return Match.EXACT if _RESULTS.fullmatch(probe.name) and ours else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read one file of an output folder; a checkpoint belongs to the run of the folder above.

    Raises:
        ValueError: not JSON, or no object.
    """
    if probe.name == "trainer_log.jsonl":
        return _read_log(probe)
    if probe.suffix == ".yaml":
        log = read_arguments(probe, resume)
        for facts in log.runs:
            facts.root, facts.meta = _root(probe), {**facts.meta, **best_model_meta(facts.params)}
        return log
    data = probe.read_bytes()
    if probe.suffix == ".md":
        return ParsedLog([_card(probe, data.decode("utf-8", "replace"))], offset=len(data))
    record = load_json(data)
    if not isinstance(record, Mapping):
        raise ValueError(f"{probe.name} is no JSON object")  # noqa: TRY004
    if probe.name in {"config.json", "adapter_config.json"}:
        log = ParsedLog([_model(probe, record)])
    else:
        log = (
            _state(probe, record) if probe.name == "trainer_state.json" else _results(probe, record)
        )
    log.offset = len(data)
    return log


def _root(probe: Probe) -> str:
    folder = PurePath(probe.folder)
    return str(folder.parent) if _CHECKPOINT.fullmatch(folder.name) else probe.folder


def _state(probe: Probe, record: Mapping[str, Any]) -> ParsedLog:
    problems: list[Problem] = []
    history = record.get("log_history")
    rows = (
        [flatten(row) for row in history if isinstance(row, Mapping)]
        if isinstance(history, list)
        else []
    )
    table = from_records(rows, probe.path, problems)
    step = whole_steps(table.numbers.pop("step")) if "step" in table.numbers else None
    metrics = {_tag(name): column for name, column in table.numbers.items()}
    points = wide_points(metrics, np.arange(table.rows) if step is None else step)
    run = RunFacts(_root(probe))
    chosen = {
        name: record[name] for name in _PARAMS if is_number(record.get(name)) and record[name] > 0
    }
    trial = record.get("trial_params")
    run.params = {**chosen, **(flatten(trial) if isinstance(trial, Mapping) else {})}
    meta = {k: v for k, v in record.items() if k not in {*_SKIPPED, *chosen} and v is not None}
    run.meta = {**flatten(meta), **_best_metric(metrics, record.get("best_metric"))}
    done, whole = record.get("global_step"), record.get("max_steps")
    note_progress(run, done if is_number(done) else None, whole if is_number(whole) else None)
    if run.status == "unknown" and _ran_out_of_patience(record.get("stateful_callbacks")):
        run.status, run.reason = "finished", STOPPED_EARLY
    return ParsedLog([run], points, problems)


def _best_metric(metrics: Mapping[str, Numbers], best: Any) -> dict[str, str]:
    """The metric for the best model: the one evaluated that is nowhere better than ``best_metric``."""
    found = {}
    for name, column in metrics.items():
        values = column.value[np.isfinite(column.value)]
        if not is_number(best) or not name.startswith("eval/") or not np.any(values == best):
            continue
        least, most = values.min() == best, values.max() == best
        if least != most:
            found[name] = "minimize" if least else "maximize"
    return objective_meta(found) if len(found) == 1 else {}


def _ran_out_of_patience(callbacks: Any) -> bool:
    """Whether the early stopping callback counted as many evaluations without gain as it waits for."""
    state = callbacks.get("EarlyStoppingCallback") if isinstance(callbacks, Mapping) else None
    for one in state if isinstance(state, list) else [state]:
        flat = flatten(one) if isinstance(one, Mapping) else {}
        waited = flat.get("attributes.early_stopping_patience_counter")
        patience = flat.get("args.early_stopping_patience")
        if is_number(waited) and is_number(patience) and waited >= patience > 0:
            return True
    return False


def _read_log(probe: Probe) -> ParsedLog:
    """LLaMA-Factory's lines: what was logged at ``current_steps`` of ``total_steps``."""
    log, columns = ParsedLog([RunFacts(_root(probe))], offset=probe.size), PointColumns()
    for _, row in records(probe.path, log.problems):
        step = as_step((row or {}).get("current_steps"))
        for name, value in (row or {}).items():
            if is_number(value) and name not in _LOG_SKIPPED:
                columns.add(_tag(_LOG_KEYS.get(name, name)), step, value)
        if row and is_number(row.get("current_steps")) and is_number(row.get("total_steps")):
            note_progress(log.runs[0], row["current_steps"], row["total_steps"])
    log.points = columns.points()
    return log


def _tag(name: str) -> str:
    """The name under which the Trainer writes a logged value to TensorBoard."""
    start, _, rest = name.partition("_")
    return f"{start}/{rest}" if start in {"eval", "test"} and rest else f"train/{name}"


def _results(probe: Probe, record: Mapping[str, Any]) -> ParsedLog:
    step = _last_step(probe)
    rows = [
        (_tag(name), step, None, float(value))
        for name, value in flatten(record).items()
        if is_number(value) and name != "epoch"
    ]
    return ParsedLog([RunFacts(_root(probe), status="finished")], Points.from_rows(rows))


def _last_step(probe: Probe) -> int:
    """The step of final results: where the state beside them ended, else that of the last checkpoint; or 0."""
    folder = Path(probe.folder)
    checkpoints = [f for f in folder.glob("checkpoint-*") if _CHECKPOINT.fullmatch(f.name)]
    try:
        state = (folder / "trainer_state.json").read_bytes()[:100_000]
        found = re.search(rb'"global_step"\s*:\s*(\d{1,18})', state)
    except OSError:
        found = None
    if found:
        return int(found[1])
    return max((int(f.name.partition("-")[2]) for f in checkpoints), default=0)


def _model(probe: Probe, record: Mapping[str, Any]) -> RunFacts:
    """The model's config: what describes its labels and its software is metadata."""
    flat = flatten(
        {
            k: v
            for k, v in record.items()
            if k not in {"id2label", "label2id", "task_specific_params"}
        }
    )
    meta = {
        k: v
        for k, v in flat.items()
        if k
        in {
            "transformers_version",
            "_name_or_path",
            "torch_dtype",
            "dtype",
            "base_model_name_or_path",
            "peft_version",
        }
    }
    return RunFacts(
        _root(probe),
        params={k: v for k, v in flat.items() if k not in meta and v is not None},
        meta=meta,
    )


def _card(probe: Probe, text: str) -> RunFacts:
    block = text.partition(_CARD.decode())[2].partition("\n#")[0]
    params = {
        name.strip().replace(" ", "_"): parse_scalar(value)
        for name, value in _CARD_LINE.findall(block)
    }
    said = _OPTIMIZER.match(str(params.get("optimizer", "")))
    if said:
        params |= {"optimizer": said[1].lower(), "adam_beta1": float(said[2]), "adam_beta2": float(said[3]),
                   "adam_epsilon": float(said[4])}  # fmt: skip
    return RunFacts(_root(probe), params=params)
