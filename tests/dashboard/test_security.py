"""Known attacks on local servers, replayed: nothing is read by strangers, nothing is changed by anybody."""

import json

import pytest
from asked import Site

from logminer.dashboard.security import allowed_names, is_loopback

TOKEN = "right-token"
PATHS = ["/", "/api/state", "/api/runs", "/api/problems", "/static/main.js"]


@pytest.fixture(scope="module")
def open_site(demo_file):
    """A page that others than this machine can reach, behind a token."""
    return Site(demo_file, host="192.168.1.5", token=TOKEN)


def headers_of(answer):
    return {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_policy(site, path):
    """Scripts, styles and connections only of this server; no frame, no sniffing, no cache."""
    answer = site.get(path)
    headers = headers_of(answer)
    assert answer.status_code == 200
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/api/nothing", "/static/nothing.js", "/api/curves"])
def test_errors_carry_the_policy_too(site, path):
    """What refuses is guarded like what answers."""
    answer = site.get(path)
    assert answer.status_code in (400, 404)
    assert "default-src 'none'" in headers_of(answer)["content-security-policy"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8899", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2",
        "127.0.0.1@evil.example", "", "[::2]:8899", "localhost:8899:1", "0.0.0.0:8899", "LOCALHOST evil",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/runs", "/static/main.js"])
def test_a_foreign_name_is_refused(site, host, path):
    """A name that was pointed at this machine by others (DNS rebinding) reads nothing."""
    answer = site.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert "digits" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8899", "127.0.0.1:8899", "[::1]:8899", "LocalHost:1"]
)
def test_own_names_are_answered(site, host):
    """The names of this machine, with any port: a tunnel may give it another."""
    assert site.get("/api/state", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize("path", ["/", "/api/runs", "/static/main.js"])
def test_only_reading_is_answered(site, method, path):
    """Nothing but GET and HEAD, so that no form and no script of another page can do anything."""
    answer = site.ask(method, path)
    assert answer.status_code == 405
    assert headers_of(answer)["allow"] == "GET, HEAD"


def test_a_head_has_no_body(site):
    """HEAD is GET without its contents."""
    for path in ("/api/state", "/api/events"):
        answer = site.ask("HEAD", path)
        assert answer.status_code == 200
        assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/..%5capp.py",
        "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/....//app.py", "/../../etc/passwd",
        "/static/main.js%00.html", "/static/", "/static", "/api/../etc/passwd", "/file?path=/etc/passwd",
        "/data/plugin/scalars/../../etc/passwd", "/api/curves/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_no_path_leads_out(site, path):
    """Requests known from other dashboards' advisories find no file but the page's own."""
    answer = site.get(path)
    assert answer.status_code in (404, 405)
    assert "root:" not in answer.text
    assert "import" not in answer.text


def test_an_endless_address_is_refused(site):
    """A query beyond all use is not even parsed."""
    assert site.get("/api/curves?metric=" + "x" * 40_000).status_code == 414


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_shown(open_site, path):
    """Beyond loopback every address asks for the token."""
    answer = open_site.get(path, headers={"Host": "192.168.1.5:8899"})
    assert answer.status_code == 403
    assert "token" in json.loads(answer.content)["error"]["what"]


@pytest.mark.parametrize("given", ["", "wrong", "right-toke", "right-token2", "RIGHT-TOKEN", "ä"])
def test_a_wrong_token_is_refused(open_site, given):
    """In the address and in the cookie alike."""
    assert open_site.get("/", params={"token": given}).status_code == 403
    cookie = {"Cookie": f"logminer_8899={given}".encode()}
    assert open_site.get("/api/state", headers=cookie).status_code == 403


def test_the_token_is_taken_once_and_kept_in_a_cookie(open_site):
    """The address without it comes back, with a cookie that scripts and other sites cannot use."""
    answer = open_site.get("/", params={"token": TOKEN, "task": "a b&c"})
    headers = headers_of(answer)
    assert answer.status_code == 303
    assert headers["location"] == "/?task=a+b%26c"
    assert TOKEN not in headers["location"]
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    opened = open_site.get("/api/state", headers={"Cookie": f"logminer_8899={TOKEN}"})
    assert opened.status_code == 200


def test_the_token_opens_the_front_door_only(open_site):
    """In another address than the first it counts for nothing, so that it ends up in no log of requests."""
    assert open_site.get("/api/state", params={"token": TOKEN}).status_code == 403


def test_a_token_does_not_excuse_a_foreign_name(open_site):
    """Who knows the token still has to use the server's own name."""
    headers = {"Host": "evil.example", "Cookie": f"logminer_8899={TOKEN}"}
    assert open_site.get("/api/state", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("example.org", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_is_known(host, alone):
    """What only this machine can reach needs no token."""
    assert is_loopback(host) is alone


def test_who_listens_everywhere_goes_by_every_address():
    """An address cannot be pointed elsewhere; a foreign name can."""
    names = allowed_names("0.0.0.0")
    assert all(host in names for host in ("192.168.1.5:8899", "[fe80::1]:8899", "localhost"))
    assert "evil.example:8899" not in names


def test_one_address_is_one_name():
    """Who listens on one address does not go by others."""
    names = allowed_names("192.168.1.5")
    assert "192.168.1.5:8899" in names
    assert "192.168.1.6:8899" not in names
