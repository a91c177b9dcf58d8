"""An MLflow tracking server as far as its REST API is asked: what it holds is set by tests, and so are its faults."""

import http.server
import json
import sqlite3
import threading
from collections import deque
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit


class TrackingServer:
    """What the server holds, what it was asked, and what goes wrong.

    Attributes:
        asked: path and content of each request, in order.
        faults: answers given before all others: (status, headers, body), or a function of the request.
        page: most items a page holds, whatever is asked for.
        logins: the Authorization headers that came.
    """

    def __init__(self):
        self.experiments = {"0": "Default"}
        self.runs = {}
        self.histories = {}
        self.asked = []
        self.logins = set()
        self.faults = deque()
        self.page = 1000
        self.address = ""

    def add_run(self, key, metrics, params=None, *, experiment="0", status="FINISHED", **info):
        """Add a run, or replace it; ``metrics`` are lists of (value, ms, step) by name."""
        started = 1_760_000_000_000
        self.runs[key] = {
            "info": {
                "run_id": key, "run_uuid": key, "run_name": f"name of {key}", "experiment_id": experiment,
                "user_id": "me", "status": status, "start_time": started, "end_time": started + 1000,
                "artifact_uri": "/artifacts", "lifecycle_stage": "active", **info,
            },
            "params": dict(params or {"lr": "0.1"}),
            "tags": {"mlflow.runName": f"name of {key}", "team": "a"},
        }  # fmt: skip
        for old in [pair for pair in self.histories if pair[0] == key]:
            del self.histories[old]
        for name, history in metrics.items():
            self.histories[key, name] = list(history)

    def asked_for(self, path):
        """What was asked of one path."""
        return [content for at, content in self.asked if at == path]

    def answer(self, path, content):
        """The body of an answer, or None where there is no such path."""
        if path == "experiments/search":
            listed = [{"experiment_id": i, "name": n} for i, n in self.experiments.items()]
            return self._page(listed, "experiments", content)
        if path == "runs/search":
            chosen = [
                k
                for k, r in self.runs.items()
                if r["info"]["experiment_id"] in content["experiment_ids"]
            ]
            return self._page([self._run(key) for key in chosen], "runs", content)
        if path == "runs/get":
            return {"run": self._run(content["run_id"])} if content["run_id"] in self.runs else None
        if path == "metrics/get-history":
            history = self.histories.get((content["run_id"], content["metric_key"]), [])
            return self._page(
                [
                    {"key": content["metric_key"], "value": v, "timestamp": t, "step": s}
                    for v, t, s in history
                ],
                "metrics",
                content,
            )
        return None

    def _page(self, listed, name, content):
        start = int(content.get("page_token") or 0)
        end = start + min(self.page, int(content.get("max_results", 1000)))
        more = {"next_page_token": str(end)} if end < len(listed) else {}
        return {name: listed[start:end], **more} if listed[start:end] else more

    def _run(self, key):
        run = self.runs[key]
        latest = [
            {"key": name, "value": history[-1][0], "timestamp": history[-1][1], "step": history[-1][2]}
            for (of, name), history in self.histories.items()
            if of == key and history
        ]  # fmt: skip
        pairs = {
            kind: [{"key": k, "value": v} for k, v in run[kind].items()]
            for kind in ("params", "tags")
        }
        return {"info": run["info"], "data": {"metrics": latest, **pairs}}

    @classmethod
    def of_database(cls, path):
        """The server that stands before one of MLflow's SQLite files."""
        server, con = cls(), sqlite3.connect(path)
        con.row_factory = sqlite3.Row
        server.experiments = {
            str(row["experiment_id"]): row["name"]
            for row in con.execute("SELECT * FROM experiments")
        }
        for row in con.execute("SELECT * FROM runs"):
            key = row["run_uuid"]
            kept = ("user_id", "start_time", "end_time", "lifecycle_stage")
            info = {name: row[name] for name in kept}
            server.add_run(
                key, {}, experiment=str(row["experiment_id"]), status=row["status"],
                **info, run_name=row["name"],
            )  # fmt: skip
            for kind in ("params", "tags"):
                found = con.execute(f"SELECT key, value FROM {kind} WHERE run_uuid = ?", [key])
                server.runs[key][kind] = dict(map(tuple, found))
        for row in con.execute("SELECT * FROM metrics ORDER BY timestamp, step, value"):
            value = "NaN" if row["is_nan"] else row["value"]
            history = server.histories.setdefault((row["run_uuid"], row["key"]), [])
            history.append((value, row["timestamp"], row["step"]))
        con.close()
        return server


@contextmanager
def serving(server):
    """The server on a free port of this machine; ``server.address`` is what ingest is given."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            parts = urlsplit(self.path)
            self.reply(parts.path, dict(parse_qsl(parts.query)))

        def do_POST(self):
            written = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.reply(self.path, json.loads(written))

        def reply(self, path, content):
            path = path.partition("/api/2.0/mlflow/")[2]
            server.asked.append((path, content))
            server.logins.add(self.headers.get("Authorization"))
            fault = server.faults.popleft() if server.faults else None
            if callable(fault):
                fault = fault(path, content)
            if fault:
                self.send(*fault)
                return
            body = server.answer(path, content)
            if body is None:
                self.send(404, {"Content-Type": "text/html"}, b"<!doctype html><title>404</title>")
            else:
                self.send(200, {"Content-Type": "application/json"}, json.dumps(body).encode())

        def send(self, status, headers, body):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        http_server.daemon_threads = True
        http_server.block_on_close = False
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        server.address = f"mlflow+http://127.0.0.1:{http_server.server_port}"
        try:
            yield server
        finally:
            http_server.shutdown()
