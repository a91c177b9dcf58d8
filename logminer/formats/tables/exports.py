"""Tables that tools export, known by a few of their columns: what the tool keeps for itself, and what it optimised."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Export:
    """The table of a tool; names are compared in lower case.

    Attributes:
        marks: columns that show it.
        enough: how many of them do.
        own: columns that the tool keeps for itself.
        families: columns like these are its own as well.
        results: columns that hold results.
        minimised: the result that the tool minimises.
        is_runs: whether each row is a run, whatever climbs.
    """

    marks: frozenset[str]
    enough: int
    own: frozenset[str]
    families: re.Pattern[str] | None = None
    results: frozenset[str] = frozenset()
    minimised: str = ""
    is_runs: bool = True

    def keeps(self, name: str) -> bool:
        """Whether the tool keeps a column for itself."""
        return name in self.own or (self.families is not None and bool(self.families.match(name)))


_EXPORTS = (
    # W&B: the runs table of the web page; Name and two others show it
    Export(
        frozenset(("name", "state", "notes", "user", "tags", "created", "runtime", "sweep", "id", "agent", "hostname")), 3,
        frozenset(("name", "state", "notes", "user", "tags", "created", "updated", "runtime", "sweep", "id", "agent", "hostname", "host",
                   "end time", "start time", "commit", "github", "gpu count", "gpu type", "os", "python version", "path", "job type",
                   "group", "description", "entity", "project", "relative time (process)", "relative time (wall)")),
    ),
    # MLflow: the table of the web page
    Export(
        frozenset(("run id", "source name", "source type", "status")), 3,
        frozenset(("name", "start time", "duration", "run id", "source type", "source name", "user", "version", "mode", "models", "created")),
    ),
    # MLflow: search_runs()
    Export(
        frozenset(("run_id", "experiment_id", "artifact_uri", "status")), 3,
        frozenset(("run_id", "experiment_id", "artifact_uri", "start_time", "end_time")),
    ),
    # Ray Tune: the results of all trials
    Export(
        frozenset(("trial_id", "training_iteration", "time_total_s", "logdir", "pid", "node_ip", "done", "timestamp")), 3,
        frozenset(("trial_id", "date", "timestamp", "time_this_iter_s", "time_total_s", "time_since_restore", "pid", "hostname",
                   "node_ip", "done", "iterations_since_restore", "experiment_id", "experiment_tag", "logdir", "checkpoint_dir_name",
                   "timesteps_since_restore", "warmup_time", "should_checkpoint", "trial_name")),
        is_runs=False,
    ),
    # Neptune: the runs table, of the web page or fetch_runs_table().to_pandas()
    Export(
        frozenset(("sys/id", "sys/state", "sys/owner", "sys/name", "sys/creation_time", "sys/custom_run_id")), 2,
        frozenset(), re.compile(r"(?:sys|monitoring|source_code)/"),
    ),
    # ClearML: the table of experiments of the web page
    Export(
        frozenset(("type", "name", "status", "project", "user", "started", "updated", "iteration", "parent task")), 6,
        frozenset(("type", "name", "tags", "project", "user", "started", "updated", "iteration", "parent task", "run time")),
    ),
    # Comet: the table of experiments of the web page
    Export(
        frozenset(("experiment key", "server end time", "file name", "duration")), 2,
        frozenset(("name", "experiment key", "tags", "user", "server end time", "created", "duration", "file name")),
    ),
    # Guild AI: compare --csv
    Export(
        frozenset(("run", "operation", "started", "time", "status", "label")), 5,
        frozenset(("run", "operation", "started", "time", "label", "step")),
    ),
    # Ax: the data frame of Client.summarize()
    Export(
        frozenset(("trial_index", "arm_name", "trial_status", "generation_node", "generation_method")), 3,
        frozenset(("trial_index", "arm_name", "generation_node", "generation_method", "fail_reason")),
    ),
    # NePS: summary/full.csv
    Export(
        frozenset(("objective_to_minimize", "reported_as", "sampling_worker_id")), 2,
        frozenset(("err", "tb", "reported_as", "location", "learning_curve", "evaluation_duration", "evaluation_duration.1",
                   "sampling_worker_id", "evaluating_worker_id", "previous_trial_id", "previous_trial_location",
                   "time_sampled", "time_submitted", "time_started", "time_end")),
        minimised="objective_to_minimize",
    ),
    # AutoGluon: leaderboard() of models, with extra_info or without
    Export(
        frozenset(("model", "score_val", "fit_order", "stack_level", "can_infer")), 4,
        frozenset(("eval_metric", "fit_order", "stack_level", "can_infer", "compile_time", "features", "num_features", "ancestors",
                   "descendants", "stopping_metric")),
        re.compile(r"(?:num_models|num_ancestors|num_descendants|memory_size|ag_args_fit|child_|hyperparameters_fit)"),
        frozenset(("score_val", "score_test", "pred_time_val", "pred_time_test", "fit_time", "pred_time_val_marginal",
                   "pred_time_test_marginal", "fit_time_marginal")),
    ),
)  # fmt: skip


def own_columns(names: Iterable[str]) -> frozenset[str]:
    """Columns that the tool which wrote a table keeps for itself; none of a table that nothing is known of."""
    lowered, known = _known(names)
    return frozenset(n for n, low in lowered.items() if any(export.keeps(low) for export in known))


def is_runs_export(names: Iterable[str]) -> bool:
    """Whether the header is that of a tool's table with one row a run."""
    return any(export.is_runs for export in _known(names)[1])


def result_columns(names: Iterable[str]) -> frozenset[str]:
    """Columns in which the tool that wrote a table stands by its results."""
    lowered, known = _known(names)
    told = frozenset[str]().union(*(export.results | {export.minimised} for export in known))
    return frozenset(name for name, low in lowered.items() if low in told)


def minimised_column(names: Iterable[str]) -> str | None:
    """The column that the tool which wrote a table minimised."""
    lowered, known = _known(names)
    told = {export.minimised for export in known}
    return next((name for name, low in lowered.items() if low in told), None)


def _known(names: Iterable[str]) -> tuple[dict[str, str], list[Export]]:
    """Names in lower case, and the exports that they show."""
    lowered = {name: name.strip().lower() for name in names}
    present = {*lowered.values()}
    return lowered, [e for e in _EXPORTS if len(e.marks & present) >= e.enough]
