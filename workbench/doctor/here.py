"""Checks of the project's own folder: store, lock, outbox, space, secrets, web address."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from workbench import config, people
from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, Said, fine, wrong
from workbench.exchange.state import state
from workbench.jobs import Jobs
from workbench.loopback import is_loopback
from workbench.project import EXCHANGE
from workbench.tables import Fact

PATIENCE_MS = 5000
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@check(seconds=30)
def store(case: Case) -> Result:
    """The store can be opened and written to; what is written here is rolled back."""
    if case.problem:
        return wrong(
            "the store cannot be opened: {reason}",
            "correct `store.url`, or give the folder back its rights and space",
            reason=case.problem,
        )
    engine = case.project.store.engine
    try:
        with Session(engine) as session:
            if engine.dialect.name == "sqlite":
                session.execute(text(f"PRAGMA busy_timeout = {PATIENCE_MS}"))
            session.merge(Fact(key="doctor", value="0"))
            session.flush()
            session.rollback()
            kind = _kind(session)
    except SQLAlchemyError as error:
        return wrong(
            "the store cannot be written: {reason}",
            "give it back its rights and space; another process may also hold it",
            reason=str(getattr(error, "orig", None) or error).splitlines()[0],
        )
    return fine("{kind}, writable", kind=kind)


def _kind(session: Session) -> str:
    dialect = session.get_bind().dialect
    if dialect.name == "sqlite":
        return f"SQLite ({session.scalar(text('PRAGMA journal_mode'))})"
    return f"{dialect.name} {'.'.join(map(str, dialect.server_version_info or ()))}"


@check("store", seconds=60)
def exchange(case: Case) -> Result:
    """Nothing but a job at work holds the lock under which answers go to Label Studio for long."""
    until = time.monotonic() + case.limits.lock
    while not case.project.store.is_free(EXCHANGE):
        job = next(
            (one for one in Jobs(case.project.store).recent() if one.state == "running"), None
        )
        if job is not None:
            return fine("held by the {kind} (job {n}) that is at work", kind=job.kind, n=job.id)
        if time.monotonic() > until:
            return wrong(
                "{holder} holds the exchange for more than {n} s, and no job is at work",
                "end that process: nothing is exchanged with Label Studio meanwhile",
                holder=_holder(case.state / f"{EXCHANGE}.lock"),
                n=f"{case.limits.lock:g}",
            )
        time.sleep(0.1)
    return fine("free")


def _holder(path: Path) -> str:
    """The process that has the lock's file, as Linux lists it; a database's lock has none."""
    try:
        lines = Path("/proc/locks").read_text().splitlines()
        here = str(path.stat().st_ino)
    except OSError:
        return "another process"
    rows = [line.split() for line in lines]
    pids = [row[4] for row in rows if row[1] == "FLOCK" and row[5].split(":")[-1] == here]
    return f"process {pids[0]}" if pids else "another process"


@check("store")
def outbox(case: Case) -> Result:
    """No answer waits for long to be sent."""
    found = state(case.project)
    if not found.waiting:
        return fine("nothing waits to be sent")
    age = found.lag_s or 0.0
    waits = {"count": found.waiting, "minutes": round(age / 60), "reason": found.error or "-"}
    if age <= case.limits.outbox:
        return fine("{count} answers wait to be sent, the oldest for {minutes} min", **waits)
    return wrong(
        "{count} answers wait to be sent, the oldest for {minutes} min (last problem: {reason})",
        "`workbench sync` sends them, once Label Studio is well",
        **waits,
    )


@check()
def disk(case: Case) -> Result:
    """There is space where the project and its Label Studio write."""
    folders = [folder for folder in (case.root, case.server_folder) if folder.exists()]
    free, folder = min((shutil.disk_usage(folder).free, folder) for folder in folders)
    values = {"free": f"{free / 2**30:.1f}", "folder": folder}
    if free < case.limits.free:
        return wrong("only {free} GiB are free in {folder}", "make space there", **values)
    return fine("{free} GiB are free", **values)


def make_private(case: Case) -> Said:
    """Takes the rights of others away from what holds secrets."""
    opened = list(_open_to_others(case))
    for path in opened:
        path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
    names = ", ".join(_short(case, path) for path in opened)
    return Said("only the owner can read {names} now", {"names": names})


@check(mend=make_private)
def secrets(case: Case) -> Result:
    """What holds tokens and passwords can be read by its owner only."""
    opened = [_short(case, path) for path in _open_to_others(case)]
    if not opened:
        return fine("tokens and passwords are readable by their owner only")
    return wrong(
        "others on this machine can read {names}",
        "`workbench doctor --fix` takes that right away",
        fixable=True,
        names=", ".join(opened),
    )


def _open_to_others(case: Case) -> Iterator[Path]:
    kept = [case.state / "token", case.state / "demo-login"]
    kept += [case.server_folder, case.server_folder / "credentials.json"]
    address = urlsplit(case.settings.store.url)
    if address.password or "password" in parse_qs(address.query):
        kept.append(case.root / config.FILE)
    for path in kept:
        if path.exists() and path.stat().st_mode & OTHERS:
            yield path


def _short(case: Case, path: Path) -> str:
    return str(path.relative_to(case.root))


@check("store")
def web(case: Case) -> Result:
    """The web UI is not open to the network without a log-in."""
    host = case.settings.web.host
    if is_loopback(host):
        return fine("the web UI listens to this machine only")
    if people.anybody(case.project):
        return fine("the web UI at {host} asks for a log-in", host=host)
    return wrong(
        "the web UI is to listen at {host}, and nobody has a log-in",
        "`workbench user EMAIL` adds somebody, or set `web.host` to 127.0.0.1",
        host=host,
    )
