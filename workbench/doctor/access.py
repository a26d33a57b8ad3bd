"""Checks of the token: which kind it is, how long it lives, whether the server takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, Said, fine, wrong
from workbench.errors import LabelStudioError
from workbench.labelstudio.account import Account
from workbench.labelstudio.client import LabelStudioClient

SOON = timedelta(days=14)
RENEW = "`workbench doctor --fix` makes a new one"
COPY = "copy a new one from Account & Settings: `workbench connect URL --id N --token …`"


def renew(case: Case) -> Said:
    """Puts a token that works in the place of the one that does not, with the managed server's
    own credentials."""
    kept = case.credentials
    try:
        LabelStudioClient(case.url, kept["token"]).whoami()
    except LabelStudioError:
        with Account(case.url, kept["email"], kept["password"]) as account:
            case.project.set_labelstudio(case.url, account.new_token())
        return Said("a new personal access token is used", {})
    case.project.set_labelstudio(case.url, kept["token"])
    return Said("the managed server's token is used again", {})


def allow_legacy(case: Case) -> Said:
    """Switches legacy tokens on in the managed server."""
    kept = case.credentials
    with Account(case.url, kept["email"], kept["password"]) as account:
        account.allow_legacy_tokens()
    return Said("legacy tokens are switched on", {})


@check("address", mend=renew)
def token(case: Case) -> Result:
    """There is a token, of a kind that Label Studio has."""
    kind, expires = case.token.kind, case.token.expires
    if kind == "none":
        return _refused(case, "there is no token")
    if kind == "access":
        return _refused(
            case, "the token is a short-lived access token, not a personal access token"
        )
    if kind == "strange":
        return _refused(
            case, "the token is neither a legacy token (40 digits) nor a personal access token"
        )
    return fine("a legacy token") if expires is None else fine("a personal access token")


@check("token", mend=renew)
def token_life(case: Case) -> Result:
    """The token has not expired."""
    expires = case.token.expires
    if expires is None:
        return fine("a legacy token does not expire")
    left = expires - datetime.now(UTC)
    day = expires.date().isoformat()
    if left < timedelta(0):
        return _refused(case, "the personal access token expired on {day}", day=day)
    if left < SOON:
        return fine("expires on {day}", "make a new one before", day=day)
    return fine("good until {day}", day=day)


@check("labelstudio", "token_life", mend=allow_legacy)
def legacy_tokens(case: Case) -> Result:
    """Legacy tokens are switched on, if one is used: a new Label Studio has them off."""
    if case.token.kind != "legacy":
        return fine("not needed")
    answer = case.introduced
    said = answer.detail.lower()
    if answer.status == 401 and "legacy token" in said and "disabled" in said:
        if case.credentials:
            return wrong(
                "Label Studio has legacy tokens switched off",
                "`workbench doctor --fix` switches them on",
                fixable=True,
            )
        return wrong(
            "Label Studio has legacy tokens switched off",
            "use a personal access token, or switch them on (Organization, Access Tokens)",
        )
    return fine("switched on")


@check("legacy_tokens", mend=renew)
def login(case: Case) -> Result:
    """The server takes the token."""
    if case.token.kind == "refresh" and case.exchanged.status != 200:
        return _exchange_refused(case)
    answer = case.introduced
    if answer.status == 401:
        return _refused(
            case,
            "Label Studio does not know the token ({reason}): revoked, or of another server",
            reason=answer.detail,
        )
    if answer.status != 200 or not isinstance(answer.body, dict) or "email" not in answer.body:
        return wrong(
            "Label Studio does not say who the token's owner is (HTTP {status})",
            "see the log of Label Studio, or of the proxy before it",
            status=answer.status,
        )
    return fine("logged in as {email}", email=answer.body["email"])


def _exchange_refused(case: Case) -> Result:
    answer = case.exchanged
    said = answer.detail.lower()
    if "blacklist" in said:
        return _refused(case, "the personal access token was revoked")
    if "expire" in said:
        return _refused(case, "the personal access token has expired, by the server's clock")
    if "invalid" in said:
        return _refused(
            case,
            "the personal access token was signed by another key: it is of another server, or the "
            "SECRET_KEY in its data folder has changed",
        )
    return wrong(
        "the personal access token cannot be exchanged (HTTP {status}: {reason})",
        "see the log of Label Studio, or of the proxy before it",
        status=answer.status,
        reason=answer.detail,
    )


def _refused(case: Case, saw: str, **values: object) -> Result:
    if case.credentials:
        return wrong(saw, RENEW, fixable=True, **values)
    return wrong(saw, COPY, **values)
