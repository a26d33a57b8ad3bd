"""What an annotator, a stranger and other sites try against the web UI; all of it is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.label_studio import tricks
from benchmarks.label_studio.website import (
    ANN,
    COOKIE,
    EVE,
    JOIN,
    LEE,
    PASSWORDS,
    Answer,
    Site,
    make_project,
    served,
)
from benchmarks.report import Options

REFUSED = (303, 307, 400, 401, 403, 404, 405, 413, 422, 429)


@dataclass(frozen=True)
class Attempt:
    """Something to try; ``answer`` says what came back and whether that is a refusal."""

    group: str
    name: str
    answer: Callable[[Site], tuple[str, bool]]


def asked(
    group: str, name: str, ask: Callable[[Site], Answer], *also: Callable[[Answer], bool]
) -> Attempt:
    """Refused when the status says so and every check of ``also`` agrees."""

    def answer(site: Site) -> tuple[str, bool]:
        got = ask(site)
        told = any(word in got.body for word in (b"Traceback", str(site.root).encode(), b"$argon2"))
        refused = got.status in (*REFUSED, 0) and all(check(got) for check in also)
        return str(got.status or "cut off"), refused and not told

    return Attempt(group, name, answer)


def every_attempt() -> list[Attempt]:
    """The whole list."""
    return [*_pages(), *_gradio(), *_joins(), *_cookies(), *_sites(), *_files(), *_log_ins()]


def _pages() -> Iterator[Attempt]:
    group = "an annotator opens the engineer's pages"
    for page in ("project", "rounds", "audit", "augment", "export", "people"):
        yield asked(group, f"/{page}", lambda site, page=page: site.ask(f"/{page}", ANN))
    paths = (
         "//export", "/export/", "/EXPORT", "/annotate/../export", "/annotate/%2e%2e/export",
        "/%65xport", "/export;x=1", "/annotate;/../export", "/export%00", "/./export",
        "/?page=export", "/api/annotate/../../export", "/api/annotate/%2e%2e/%2e%2e/export",
        "/static/../export", "/static/%2e%2e/export", "/assets/..%2fexport", "/login/../export",
        "/annotate%2f..%2fexport", "/gradio_api/heartbeat/../../export", "\\export",
        "/export?/annotate", "/login%3f/../export",
    )  # fmt: skip
    for path in paths:
        yield asked(group, path, lambda site, path=path: site.ask(path, ANN), tricks.no_page)
    for method in ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PROPFIND"):
        yield asked(group, f"{method} /export", lambda site, m=method: site.ask("/export", ANN, m))
    forged = {
        "x_forwarded_prefix": "/annotate", "x_original_url": "/annotate",
        "x_rewrite_url": "/annotate",
        "x_forwarded_user": EVE, "x_forwarded_for": "127.0.0.1", "host": "x/annotate?",
        "x_http_method_override": "GET",
    }  # fmt: skip
    for name, value in forged.items():
        header = {name: value}
        yield asked(
            group,
            f"{name}: {value}",
            lambda site, h=header: site.ask("/export", ANN, **h),
            tricks.no_page,
        )
    yield asked(group, "a web socket", lambda site: site.ask(
        "/export", ANN, upgrade="websocket", connection="Upgrade", sec_websocket_version="13",
        sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ=="))  # fmt: skip


def _gradio() -> Iterator[Attempt]:
    group = "an annotator calls Gradio's API"
    for path in (
        "/config", "/config/", "/config?page=export", "/gradio_api/info",
        "/gradio_api/openapi.json", "/gradio_api/deep_link?session_hash=x", "/gradio_api/deep_link",
        "/gradio_api/queue/status", "/gradio_api/runs", "/gradio_api/token", "/gradio_api/user",
        "/gradio_api/dev/reload", "/gradio_api/vibe-code",
        "/gradio_api/upload_progress?upload_id=x", "/monitoring", "/monitoring/summary",
        "/gradio_api/profiling/traces", "/gradio_api/proxy=http://127.0.0.1/",
        "/gradio_api/stream/x/y/1/playlist.m3u8", "/gradio_api/call/start/1", "/svelte/svelte.js",
        "/gradio_api/custom_component/x/client/y/z.js", "/docs", "/openapi.json",
        "/gradio_api/mcp/sse",
    ):  # fmt: skip
        yield asked(group, path, lambda site, path=path: site.ask(path, ANN))
    for path in (
        "/gradio_api/run/start", "/gradio_api/api/start", "/gradio_api/call/start",
        "/gradio_api/call/v2/start", "/gradio_api/cancel", "/gradio_api/reset",
        "/gradio_api/upload", "/gradio_api/component_server", "/gradio_api/stream/1",
        "/gradio_api/stream/1/close", "/gradio_api/process_recording", "/gradio_api/vibe-edit",
        "/gradio_api/undo-vibe-edit", "/gradio_api/queue/join/", "/gradio_api/queue//join",
        "/GRADIO_API/queue/join", "/api/export",
    ):  # fmt: skip
        content = {"data": [], "fn_index": 0, "session_hash": "x", "event_id": "x"}
        yield asked(group, f"POST {path}", lambda s, p=path, c=content: s.post(p, ANN, c))


def _joins() -> Iterator[Attempt]:
    group = "an annotator calls an engineer's function"
    numbers = (0, 1, 5, 20, "0", "1", 1.0, 1.5, -1, -0.0, True, None, [1], {"a": 1}, 10**30, "１")
    for number in numbers:
        yield asked(group, f"fn_index {number!r}", lambda site, n=number: site.join(ANN, n))
    bodies = {
        "the key twice": b'{"fn_index": 999999, "fn_index": 0, "data": [], "session_hash": "x"}',
        "no key": b'{"data": [], "session_hash": "x"}',
        "an API name": b'{"api_name": "/start", "data": [], "session_hash": "x"}',
        "a trigger": b'{"fn_index": null, "trigger_id": 1, "data": [], "session_hash": "x"}',
        "a list": b"[0]",
        "no JSON": b"fn_index=0",
        "NaN": b'{"fn_index": NaN, "data": [], "session_hash": "x"}',
        "100,000 brackets": b"[" * 100_000,
        "UTF-16": '{"fn_index": 0, "data": [], "session_hash": "x"}'.encode("utf-16"),
        "nothing": b"",
        "9 MB": b'{"fn_index": 0, "data": ["' + b"x" * 9_000_000 + b'"]}',
    }
    for name, body in bodies.items():
        yield asked(group, name, lambda site, b=body: site.post(JOIN, ANN, b))
    good = b'{"fn_index": 0, "data": [], "session_hash": "x"}'
    for kind in ("text/plain", "multipart/form-data; boundary=x", ""):
        yield asked(
            group,
            f"as {kind or 'no type'}",
            lambda s, k=kind: s.post(JOIN, ANN, good, content_type=k),
        )
    as_json = {"content_type": "application/json"}
    for name, parts in {"": [good[:9], good[9:]], "64 MB ": [b"x" * 2**20] * 64}.items():
        yield asked(
            group,
            f"{name}in chunks",
            lambda s, p=parts: s.ask(JOIN, ANN, "POST", iter(p), **as_json),
        )


def _cookies() -> Iterator[Attempt]:
    group = "a forged cookie"
    forged = {
        "none": "x=y", "empty": f"{COOKIE}=", "invented": f"{COOKIE}={'A' * 43}",
        "very long": f"{COOKIE}={'A' * 60_000}", "the email": f"{COOKIE}={EVE}",
        "odd names": f"a:b=c; {COOKIE}=x", "no text": f"{COOKIE}=\xff\xfe",
        "SQL": f"{COOKIE}=' OR 1=1 --",
        "Gradio's": f"access-token-x={EVE}; access-token-unsecure-x={EVE}",
    }  # fmt: skip
    for name, cookie in forged.items():
        for path in ("/export", "/config", "/api/annotate/answers"):
            yield asked(group, f"{name}: {path}", lambda s, p=path, c=cookie: s.ask(p, cookie=c))
    yield asked(group, "the hash that the store keeps", lambda site: site.ask(
        "/export", cookie=f"{COOKIE}={tricks.stored_key(site)}"))  # fmt: skip
    yield asked(group, "a chosen one survives no log-in", tricks.fixation)
    yield asked(group, "after the log-out", tricks.logged_out)
    yield asked(group, "after the person left", tricks.left)
    yield asked(group, "of an engineer who is an annotator now", tricks.demoted)


def _sites() -> Iterator[Attempt]:
    group = "another site's page"
    for name, headers in {
        "Origin of another site": {"origin": "https://evil.example"},
        "Origin null": {"origin": "null"},
        "Origin of another port": {"origin": "http://127.0.0.1:1"},
        "Sec-Fetch-Site cross-site": {"sec_fetch_site": "cross-site"},
        "Sec-Fetch-Site same-site": {"sec_fetch_site": "same-site"},
    }.items():
        for path in (JOIN, "/api/annotate/answers", "/account", "/gradio_api/upload"):
            yield asked(
                group, f"{name}: {path}", lambda s, p=path, h=headers: s.post(p, EVE, [], **h)
            )
        yield asked(group, f"{name}: /login", lambda s, h=headers: s.form(
            "/login", values={"email": ANN, "password": PASSWORDS[ANN]}, **h))  # fmt: skip
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example",
                   "javascript:alert(1)", "/\t/evil.example", "\\\\evil.example"):  # fmt: skip
        yield Attempt(group, f"leads away after the log-in: {target!r}", tricks.redirect_to(target))
    yield Attempt(group, "a frame around the page", tricks.framed)


def _files() -> Iterator[Attempt]:
    group = "files"
    own = ("{root}/exports/labels.csv", "{root}/reports/x.csv", "{root}/.workbench/store.sqlite3")
    secret = (
         "{root}/.workbench/store.sqlite3", "{root}/.workbench/token", "{root}/workbench.toml",
        "{root}/exports/../.workbench/token", "{root}/exports/%2e%2e/.workbench/token",
        "{root}/exports/..%2f.workbench%2ftoken", "{root}/exports/link",
        "{root}/exports/folder/token", "{root}/exports%00/../workbench.toml", "/etc/passwd",
        "../../../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/", "{root}/pool",
        "{root}/exports", "~/.ssh/id_rsa",
    )  # fmt: skip
    for prefix in ("/gradio_api/file=", "/gradio_api/file/"):
        for who, paths in ((ANN, own), ("", own), (EVE, secret), (LEE, secret)):
            for path in paths:
                yield asked(
                    group, f"{who or 'a stranger'}: {prefix}{path}", tricks.file(prefix, path, who)
                )
    for name in ("../../evil.csv", "/etc/evil.csv", "..\\..\\evil.csv", "a/../../../evil.csv", "..",
                 "\x00evil.csv", "evil\r\nx: y.csv", "%2e%2e%2fevil.csv"):  # fmt: skip
        yield Attempt(group, f"an upload is called {name!r}", tricks.uploaded(name))


def _log_ins() -> Iterator[Attempt]:
    group = "log-ins"
    for name, values in {
        "no password": {"email": EVE}, "an empty one": {"email": EVE, "password": ""},
        "SQL": {"email": "' OR 1=1 --", "password": "' OR 1=1 --"}, "nothing": {},
        "the hash": {"email": EVE, "password": "$argon2id$v=19$m=65536,t=3,p=4$x$y"},
    }.items():  # fmt: skip
        yield asked(
            group, name, lambda site, v=values: site.form("/login", values=v), tricks.no_cookie
        )
    yield asked(group, "1 MB", lambda site: site.form("/login", values={"password": "x" * 2**20}))
    yield Attempt(group, f"{tricks.LOG_INS:,} in a row, the right password last", tricks.flood)


def allowed(site: Site) -> dict[str, int]:
    """What those who may ask for get: without it a server that is down would refuse everything."""
    gradio, kept = "/gradio_api/file=", quote(str(site.root / "exports" / "labels.csv"))
    answers = {
        "an annotator's page": site.ask("/annotate", ANN),
        "an annotator's answers": site.post("/api/annotate/answers", ANN, {}),
        "an engineer's page": site.ask("/export", EVE),
        "a lead's page": site.ask("/people", LEE),
        "an engineer's function": site.join(EVE, 0),
        "an engineer's export": site.ask(gradio + kept, EVE),
    }
    return {name: got.status for name, got in answers.items()}


def tried(site: Site) -> list[dict]:
    """Every attempt with its answer."""
    found = []
    for one in every_attempt():
        said, refused = one.answer(site)
        found.append({"group": one.group, "attempt": one.name, "answer": said, "refused": refused})
    return found


def attempts(_options: Options) -> dict:
    """Tries everything on a new project and counts what was not refused: none may be."""
    with tempfile.TemporaryDirectory(prefix="attempts-") as temporary:
        root = Path(temporary) / "project"
        make_project(root)
        with served(root) as site:
            open_ = allowed(site)
            found = tried(site)
    for one in found:
        mark = "refused" if one["refused"] else "NOT REFUSED"
        print(f"{mark}: {one['group']}: {one['attempt']} → {one['answer']}")
    groups = list(dict.fromkeys(one["group"] for one in found))
    rows = [
        {
            "attempts": group,
            "tried": sum(one["group"] == group for one in found),
            "not refused": sum(one["group"] == group and not one["refused"] for one in found),
        }
        for group in groups
    ]
    failed = sum(not one["refused"] for one in found)
    total = {"attempts": "all", "tried": len(found), "not refused": failed}
    ok = not failed and set(open_.values()) == {200}
    return {"rows": [*rows, total], "ok": ok, "allowed": open_, "found": found}
