"""The attempts of more than one request: floods, uploads, sessions that should have ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import quote

from benchmarks.label_studio.website import ANN, COOKIE, EVE, PASSWORDS, Answer, Site

LOG_INS = 1_000
FLOOD_THREADS = 16
SLOWEST_BESIDE_S = 2.0


def flood(site: Site) -> tuple[str, bool]:
    """The rate limit holds, also when the address is said to be another, and nobody else waits."""
    beside: list[float] = []

    def one(number: int) -> Answer:
        values = {"email": EVE, "password": f"guess {number}"}
        if number % 100 == 50:
            started = time.monotonic()
            site.ask("/annotate", ANN)
            beside.append(time.monotonic() - started)
        return site.form(
            "/login", values=values, x_forwarded_for=f"10.0.{number // 250}.{number % 250}"
        )

    with ThreadPoolExecutor(FLOOD_THREADS) as pool:
        statuses = [got.status for got in pool.map(one, range(LOG_INS))]
    last = site.form("/login", values={"email": EVE, "password": PASSWORDS[EVE]})
    looked_at, slowest = statuses.count(401), max(beside)
    said = (
        f"{looked_at} looked at, {statuses.count(429)} turned away; a page beside it"
        f" {median(beside):.2f} s, at most {slowest:.2f} s; then {last.status}"
    )
    held = looked_at <= 10 and looked_at + statuses.count(429) == LOG_INS and last.status == 429
    return said, held and slowest < SLOWEST_BESIDE_S


def no_page(got: Answer) -> bool:
    return b"gradio_config" not in got.body and "/export" not in got.headers.get("location", "")


def no_cookie(got: Answer) -> bool:
    return COOKIE not in got.headers.get("set-cookie", "")


def file(prefix: str, path: str, who: str) -> Callable[[Site], Answer]:
    return lambda site: site.ask(prefix + path.replace("{root}", quote(str(site.root))), who)


def uploaded(name: str) -> Callable[[Site], tuple[str, bool]]:
    def answer(site: Site) -> tuple[str, bool]:
        body = (
            b'--x\r\ncontent-disposition: form-data; name="files"; filename="'
            + name.encode()
            + b'"\r\n\r\nnothing\r\n--x--\r\n'
        )
        kind = {"content_type": "multipart/form-data; boundary=x"}
        got = site.ask("/gradio_api/upload", EVE, "POST", body, **kind)
        if got.status != 200:
            return str(got.status), got.status < 500
        inside = (site.root / ".workbench" / "uploads").resolve()
        kept = [Path(one).resolve() for one in json.loads(got.body)]
        where = "inside" if all(one.is_relative_to(inside) for one in kept) else "OUTSIDE"
        return f"kept {where} the uploads", where == "inside"

    return answer


def redirect_to(target: str) -> Callable[[Site], tuple[str, bool]]:
    def answer(site: Site) -> tuple[str, bool]:
        values = {"email": ANN, "password": PASSWORDS[ANN]}
        raw = target if target.startswith("/%") else quote(target, safe="")
        got = site.form(f"/login?next={raw}", values=values)
        return f"{got.status} → {got.headers.get('location')}", got.headers.get("location") == "/"

    return answer


def framed(site: Site) -> tuple[str, bool]:
    got = site.ask("/annotate", ANN)
    policy = got.headers.get("content-security-policy", "")
    return policy or "no policy", "frame-ancestors 'self'" in policy


def fixation(site: Site) -> Answer:
    values = {"email": ANN, "password": PASSWORDS[ANN]}
    site.form("/login", values=values, cookie=f"{COOKIE}=chosen")
    return site.ask("/annotate", cookie=f"{COOKIE}=chosen")


def logged_out(site: Site) -> Answer:
    token = site.log_in(ANN)
    site.ask("/logout", cookie=f"{COOKIE}={token}")
    return site.ask("/annotate", cookie=f"{COOKIE}={token}")


def left(site: Site) -> Answer:
    return after(
        site, "gone@example.com", lambda people, project, email: people.leave(project, email)
    )


def demoted(site: Site) -> Answer:
    return after(
        site,
        "was@example.com",
        lambda people, project, email: people.add(project, email, role="annotator"),
    )


def after(site: Site, email: str, change: Callable) -> Answer:
    """The Export page asked for by an engineer of whom something has changed since the log-in."""
    from workbench import people
    from workbench.project import Project

    project = Project.open(site.root)
    people.add(project, email, role="engineer", password="some password")
    got = site.form("/login", values={"email": email, "password": "some password"})
    cookie = got.headers["set-cookie"].partition(";")[0]
    assert site.ask("/export", cookie=cookie).status == 200
    change(people, project, email)
    project.close()
    return site.ask("/export", cookie=cookie)


def stored_key(site: Site) -> str:
    from workbench.project import Project
    from workbench.tables import LogIn

    project = Project.open(site.root)
    with project.store.session() as session:
        key = session.query(LogIn.key).where(LogIn.email == EVE).limit(1).scalar()
    project.close()
    return key
