"""Checks of the way to Label Studio: the server that the workbench runs, the address, the time."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from workbench import changes
from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, Said, absent, fine, unknown, wrong
from workbench.errors import LabelStudioError
from workbench.labelstudio.connection import checked_url
from workbench.labelstudio.probe import Silent
from workbench.labelstudio.process import read_json
from workbench.labelstudio.server import ManagedServer

TESTED = "1.23"
SERVER_ERROR = 500


@check()
def managed(case: Case) -> Result:
    """The workbench's own Label Studio runs, where it is used."""
    if not case.settings.labelstudio.managed:
        return fine("a Label Studio of your own is used")
    if not case.server_folder.exists():
        return fine("none was started from this folder")
    server = ManagedServer(case.server_folder)
    if server.running():
        return fine("the workbench's own Label Studio runs")
    last = read_json(case.server_folder / "server.json") or {}
    return wrong(
        "the workbench's own Label Studio does not run (it was process {pid})",
        "`workbench up` starts it; {log} says why it ended",
        pid=last.get("pid", "-"),
        log=server.log_path,
    )


@check()
def address(case: Case) -> Result:
    """The address of Label Studio is one."""
    if not case.url:
        return absent(
            "no Label Studio is set",
            "`workbench up` starts one, `workbench connect URL` uses yours",
        )
    try:
        checked_url(case.url)
    except LabelStudioError:
        return wrong(
            "{url} is no address",
            "write `labelstudio.url` as http://host:port",
            url=case.url,
        )
    return fine("{url}", url=case.url)


def end_with_slash(case: Case) -> Said:
    """Ends the address with a slash."""
    changes.change(case.project, {"labelstudio": {"url": case.url + "/"}}, "doctor")
    return Said("`labelstudio.url` is {url} now", {"url": case.url + "/"})


@check("address", mend=end_with_slash)
def prefix(case: Case) -> Result:
    """An address with a path ends with a slash: a personal access token is renewed beside the
    path otherwise (urljoin drops its last part)."""
    path = urlsplit(case.url).path
    if path.strip("/") and not path.endswith("/"):
        return wrong(
            "the path prefix {path} has no slash at its end: tokens are renewed at a wrong address",
            "`workbench doctor --fix` adds it to `labelstudio.url`",
            fixable=True,
            path=path,
        )
    return fine("the address needs no other ending")


@check("managed", "address")
def server(case: Case) -> Result:
    """Something answers at the address."""
    try:
        answer = case.greeting
    except Silent as silent:
        return _silent(case, silent)
    if answer.status >= SERVER_ERROR:
        return wrong(
            "{url} answers with HTTP {status}",
            "see the log of Label Studio, or of the proxy before it",
            url=case.url,
            status=answer.status,
        )
    return fine("answers within {ms} ms", ms=round(answer.seconds * 1000))


def _silent(case: Case, silent: Silent) -> Result:
    values = {"url": case.url, "reason": str(silent), "n": f"{case.limits.answer:g}"}
    if silent.why == "refused":
        return wrong(
            "nothing listens at {url}",
            "start Label Studio, or correct host and port in `labelstudio.url`",
            **values,
        )
    if silent.why == "late":
        return wrong(
            "{url} takes the request and does not answer within {n} s",
            "Label Studio or the proxy before it hangs: start it again",
            **values,
        )
    if silent.why == "name":
        return wrong(
            "no machine is called as in {url}",
            "correct the host in `labelstudio.url`",
            **values,
        )
    if silent.why == "tls":
        return wrong(
            "no trusted connection to {url}: {reason}",
            "install the server's certificate (SSL_CERT_FILE), or correct http and https",
            **values,
        )
    return wrong(
        "the connection to {url} broke: {reason}",
        "see the network and the proxy before Label Studio",
        **values,
    )


@check("server")
def labelstudio(case: Case) -> Result:
    """What answers is Label Studio."""
    answer = case.greeting
    if 300 <= answer.status < 400:
        return wrong(
            "{url} redirects to {target}",
            "set `labelstudio.url` to Label Studio's own address",
            url=case.url,
            target=answer.headers.get("location", "-"),
        )
    if not isinstance(answer.body, dict) or "release" not in answer.body:
        return wrong(
            "what answers at {url} is not Label Studio (HTTP {status})",
            "correct host, port and path prefix in `labelstudio.url`",
            url=case.url,
            status=answer.status,
        )
    return fine("Label Studio answers")


@check("labelstudio")
def version(case: Case) -> Result:
    """The version is one that the workbench was tested with."""
    found = str(case.greeting.body["release"])
    if not found.startswith(f"{TESTED}."):
        return fine(
            "{found}, which was not tested",
            "if something is odd, try {tested}",
            found=found,
            tested=f"{TESTED}.2",
        )
    return fine("{found}", found=found)


@check("labelstudio")
def clock(case: Case) -> Result:
    """The server's clock and ours agree: tokens end, and changes are found, by the time."""
    answered_at = time.time()
    try:
        theirs = parsedate_to_datetime(case.greeting.headers.get("date", "")).timestamp()
    except ValueError:
        return unknown("the server does not tell the time")
    apart = round(theirs - answered_at)
    if abs(apart) > case.limits.clock:
        return wrong(
            "the server's clock is {apart} s off ours",
            "set both clocks by NTP: tokens end too early or too late",
            apart=f"{apart:+d}",
        )
    return fine("the clocks agree")
