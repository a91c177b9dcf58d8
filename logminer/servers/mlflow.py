"""MLflow tracking server, ``mlflow+http://host:port``: its REST API, asked for what is new.

Each run is an entry, keyed by its id as in MLflow's database; its version is a hash of what ``runs/search`` says of it,
the last value of each metric included, so that a run that goes on is read anew and all others are not asked for.
A part of an entry is the history of one metric. API: https://mlflow.org/docs/latest/rest-api.html.
"""

import configparser
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import orjson

from logminer.core.errors import ServerError, UsageError, install_extra
from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.formats.documents.values import is_number
from logminer.formats.trackers.mlflow import (
    DELETED,
    apply_tag,
    doubt_running,
    infinities,
    param,
    run_facts,
)
from logminer.formats.trackers.sqlite import floats
from logminer.servers._address import host_and_port, server_parts
from logminer.servers._protocol import Entry, version_of

LOGIN = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
USER_IN_ADDRESS = False

_API = "api/2.0/mlflow/"
_EXPERIMENT = re.compile(r"/experiments/([^/?&]+)")  # as in the address of its page
_USUAL_PORTS = {"http": 80, "https": 443}
_PAGE = 1000  # runs or experiments
_HISTORY_PAGE = 25_000  # values, as many as MLflow gives at most
_MOST_PAGES = 100_000
_AT_ONCE = 50  # experiments that are searched together
_PIECE = 200_000  # values of one run after which what was read is handed over
_THREADS = 4
_MOST_FAILURES = 8  # runs in a row that the server fails to give


def connect(address: str) -> "TrackingServer":
    """The server of an address; it is not asked yet.

    Raises:
        UsageError: the address makes no sense or holds a secret, or httpx is not installed.
    """
    parts = server_parts(address, user=USER_IN_ADDRESS, login=LOGIN)
    scheme = parts.scheme.partition("+")[2]
    if scheme not in _USUAL_PORTS or not parts.hostname:
        raise UsageError(
            f"{parts.scheme}:// names no tracking server", "write mlflow+http://HOST:PORT"
        )
    base = f"{scheme}://{host_and_port(parts, _USUAL_PORTS[scheme])}{parts.path.rstrip('/')}"
    found = _EXPERIMENT.search(f"/{parts.fragment}")
    return TrackingServer(base, found[1] if found else None)


class TrackingServer:
    """A tracking server, or one experiment of it.

    Args:
        base: address of the server, without a slash at its end.
        experiment: id of the only experiment to read, or None for all.
    """

    format = "mlflow"
    noun = "MLflow run"
    batch = 32

    def __init__(self, base: str, experiment: str | None) -> None:
        try:
            from logminer.servers._http import JsonClient, request_timeout
        except ImportError:
            raise UsageError(
                f"mlflow+{base}: httpx is not installed", install_extra("mlflow")
            ) from None
        self._root, self._experiment = f"mlflow+{base}", experiment
        self.address = self._root + (f"/#/experiments/{experiment}" if experiment else "")
        self._names: dict[str, str] = {}
        self._failures = 0
        self._closed = False
        self._client = JsonClient(
            f"{base}/{_API}",
            self._root,
            login=_login(),
            token=os.environ.get("MLFLOW_TRACKING_TOKEN"),
            timeout=request_timeout(),
            verify=_verify() if base.startswith("https") else False,
            certificate=os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH"),
        )

    def close(self) -> None:
        """Let go of all connections; what is being read ends soon."""
        self._closed = True
        self._client.close()

    def entries(self) -> Iterator[Entry]:
        """Every run, those deleted included, so that what was read of them goes too."""
        self._names = self._experiments()
        chosen = list(self._names)
        if self._experiment is not None:
            if self._experiment not in self._names:
                raise ServerError(
                    f"{self._root} has no experiment {self._experiment}", "check the address"
                )
            chosen = [self._experiment]
        met: set[str] = set()  # pages are cut by position, and runs may be added meanwhile
        for start in range(0, len(chosen), _AT_ONCE):
            body = {
                "experiment_ids": chosen[start : start + _AT_ONCE],
                "run_view_type": "ALL",
                "order_by": ["attributes.start_time ASC"],
                "max_results": _PAGE,
            }
            for run in self._listed("runs/search", body, "runs"):
                entry = self._entry(run)
                if entry and entry.path not in met:
                    met.add(entry.path)
                    yield entry

    def _experiments(self) -> dict[str, str]:
        """Names of experiments by id."""
        body = {"view_type": "ALL", "max_results": _PAGE}
        listed = self._listed("experiments/search", body, "experiments")
        return {str(e["experiment_id"]): str(e.get("name", "")) for e in listed if _id(e)}

    def _listed(self, path: str, body: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
        token, met = "", {""}
        for _ in range(_MOST_PAGES):
            page = self._page(path, {**body, "page_token": token} if token else body)
            listed = page.get(name, [])
            if not isinstance(listed, list):
                raise self._strange(path)
            yield from (item for item in listed if isinstance(item, dict))
            token = str(page.get("next_page_token") or "")
            if not token:
                return
            if token in met:
                raise self._strange(path)
            met.add(token)

    def _page(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        from logminer.servers._http import StatusError

        try:
            return self._client.post(path, body)
        except StatusError as error:
            raise self._refused(error.status, str(error)) from error

    def _refused(self, status: int, said: str) -> ServerError:
        if status in (401, 403):
            return ServerError(f"{self._root} refuses access ({said})", LOGIN)
        if status == 404:
            return ServerError(
                f"{self._root} is no MLflow tracking server ({said})", "check host, port and path"
            )
        return ServerError(f"{self._root} refuses to list runs: {said}", "check the address")

    def _strange(self, path: str) -> ServerError:
        return ServerError(
            f"{self._root} answers {path} not as MLflow does", "check host, port and path"
        )

    def _entry(self, run: Mapping[str, Any]) -> Entry | None:
        info, data = _part(run, "info"), _part(run, "data")
        key, experiment = _run_id(info), str(info.get("experiment_id", ""))
        if not key:
            return None
        metrics = _by_key(data, "metrics")
        listed = [info, *(_by_key(data, kind) for kind in ("params", "metrics", "tags"))]
        written = orjson.dumps(
            [self._names.get(experiment), listed], default=str, option=orjson.OPT_SORT_KEYS
        )
        times = [info.get("start_time"), info.get("end_time")]
        times += [metric.get("timestamp") for metric in metrics.values()]
        return Entry(
            f"{self._root}/#/experiments/{experiment}/runs/{key}",
            1 + len(metrics),
            version_of(written),
            max([1, *(int(ms * 1e6) for ms in times if is_number(ms) and 0 < ms < 9e12)]),
        )

    def read_many(self, jobs: Sequence[tuple[str, Resume]]) -> list[ParsedLog | Exception]:
        """Read runs, several at once, as most of the time is spent waiting."""
        pool = ThreadPoolExecutor(_THREADS)
        try:
            return list(pool.map(self._read_or_error, *zip(*jobs, strict=True)))
        except BaseException:
            self._closed = True  # Ctrl-C, or a server that is lost: no thread begins anything more
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _read_or_error(self, path: str, resume: Resume) -> ParsedLog | Exception:
        from logminer.servers._http import StatusError

        try:
            log = self._read(path.rpartition("/")[2], resume)
        except StatusError as error:
            self._failures += 1
            if error.status == 401 or self._failures >= _MOST_FAILURES:
                raise self._refused(error.status, str(error)) from error
            return error
        except ServerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one run, the others are read
            return error
        self._failures = 0
        return log

    def _read(self, key: str, resume: Resume) -> ParsedLog:
        run = _part(self._client.get("runs/get", {"run_id": key}), "run")
        info, data = _part(run, "info"), _part(run, "data")
        metrics = _by_key(data, "metrics")
        # What has become of the run since it was listed shows the next time.
        log = ParsedLog(offset=1 + len(metrics))
        if info.get("lifecycle_stage") == "deleted":
            log.left_out = {DELETED: 1}
            return log
        facts = (
            RunFacts(self._root, key) if resume.offset else self._facts(key, info, data, metrics)
        )
        names, parts, size = sorted(metrics), [], 0
        for place in range(max(resume.offset - 1, 0), len(names)):
            parts.append(self._history(key, names[place]))
            size += len(parts[-1])
            if size >= _PIECE:
                log.offset = place + 2
                break
        log.runs, log.points = [facts], Points.concat(parts)
        return log

    def _facts(
        self, key: str, info: Mapping[str, Any], data: Mapping[str, Any], metrics: Mapping[str, Any]
    ) -> RunFacts:
        experiment = self._names.get(str(info.get("experiment_id", "")))
        fields = {**info, "name": info.get("run_name"), "experiment": experiment}
        facts = run_facts(self._root, key, fields)
        params = _by_key(data, "params")
        facts.params = {name: param(item.get("value")) for name, item in params.items()}
        for name, item in _by_key(data, "tags").items():
            apply_tag(facts, name, item.get("value", ""))
        times = [m.get("timestamp") for m in metrics.values()]
        doubt_running(facts, max((t / 1e3 for t in times if is_number(t)), default=0.0))
        return facts

    def _history(self, key: str, metric: str) -> Points:
        """All values of a metric, in the order in which they were logged."""
        query: dict[str, str | int] = {
            "run_id": key, "metric_key": metric, "max_results": _HISTORY_PAGE,
        }  # fmt: skip
        parts, met = [], {""}
        for _ in range(_MOST_PAGES):
            if self._closed:
                raise ServerError(f"{self._root}: reading was ended")
            page = self._client.get("metrics/get-history", query)
            parts.append(_points(metric, page.get("metrics", [])))
            token = str(page.get("next_page_token") or "")
            if not token:
                break
            if token in met:
                raise self._strange("metrics/get-history")
            met.add(token)
            query["page_token"] = token
        return Points.concat(parts)


def _points(name: str, values: Any) -> Points:
    """Values of one metric; each is a mapping of ``value``, ``timestamp`` in ms and ``step``."""
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError(f"the history of metric '{name}' is no list of values")
    none = np.zeros(len(values), np.int32)
    return Points(
        [name],
        none,
        none,
        np.array([_whole(value.get("step", 0)) for value in values], np.int64),
        floats([value.get("timestamp") for value in values]) / 1e3,
        infinities(floats([value.get("value") for value in values])),
    )


def _whole(step: Any) -> int:
    """A step of 64 bits, which JSON may hold as a text; 0 for what is none."""
    try:
        whole = int(step)
    except (TypeError, ValueError, OverflowError):
        return 0
    return whole if -(2**63) <= whole < 2**63 else 0


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, dict) else {}


def _by_key(data: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """Parameters, metrics or tags by their key, in its order: servers list them in any."""
    listed = data.get(kind)
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return dict(sorted((str(item["key"]), item) for item in items if "key" in item))


def _id(experiment: Mapping[str, Any]) -> bool:
    return "experiment_id" in experiment


def _run_id(info: Mapping[str, Any]) -> str:
    return str(info.get("run_id") or info.get("run_uuid") or "")


def _login() -> tuple[str, str] | None:
    """User and password of the environment, or of the file that ``mlflow login`` writes."""
    user, password = (os.environ.get(f"MLFLOW_TRACKING_{n}") for n in ("USERNAME", "PASSWORD"))
    if not user:
        written = configparser.ConfigParser(interpolation=None)
        try:
            written.read(os.path.expanduser("~/.mlflow/credentials"))
        except (configparser.Error, OSError, UnicodeDecodeError):
            return None
        user = written.get("mlflow", "mlflow_tracking_username", fallback="")
        password = written.get("mlflow", "mlflow_tracking_password", fallback="")
    return (user, password or "") if user else None


def _verify() -> bool | str:
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("1", "true"):
        return False
    return os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or True
