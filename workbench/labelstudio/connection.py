"""One request to Label Studio: authentication, time limits, and errors that say what to do."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import LabelStudioError, LabelStudioUnreachable
from workbench.loopback import is_local

ATTEMPTS = 4
DEADLINE_S = 30.0
"""No new attempt begins so long after the first one."""

CONNECT_S = 10.0
QUICK = 60.0
BULK = 600.0
"""Seconds; Label Studio goes on with a bulk request whose client has given up."""

TOKEN_FAULTS = {
    "expir": "has expired",
    "blacklisted": "was revoked",
    "wrong type": "is an access token, which lives minutes, not the token that Label Studio shows",
    "token is invalid": "is signed with another key (by another Label Studio, or this one has a new"
    " SECRET_KEY), or was cut when it was copied",
}
"""What Label Studio, or the SDK, says of a token that is not accepted, and what that means."""

CLOCKS_AGREE = timedelta(seconds=3)
"""A header's time has whole seconds, and an answer takes its time."""

LATER = "is it running? What waits is sent later"


def back_off(attempt: int, first: float = 0.3, most: float = 60.0) -> float:
    """Seconds before the next attempt: ``first``, then twice as long each time up to ``most``,
    give or take half, so that many clients do not come back at once."""
    return min(most, first * 2 ** min(attempt, 30)) * random.uniform(0.5, 1.5)


def pause(attempt: int) -> None:
    """Wait before the next attempt."""
    time.sleep(back_off(attempt))


class Connection:
    """Requests through label-studio-sdk, which knows legacy tokens and personal access tokens.

    The SDK's own retries are off: it repeats a POST blindly, and Label Studio may have done the
    first one. Every error is a LabelStudioError, or LabelStudioUnreachable when the same request
    may work later.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = checked_url(url)
        self._token = _checked_token(token)
        self._sdk: Any = None
        self._last_status: int | None = None
        self.ahead = timedelta()
        """How far Label Studio's clock is ahead of this machine's, by its last answer."""

    def call(
        self,
        method: str,
        path: str,
        *,
        params: dict | None = None,
        json: Any = None,
        timeout: float = QUICK,
    ) -> Any:
        """Send one request, once; the decoded JSON of the answer, or None when it is empty."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        limits = httpx.Timeout(timeout, connect=CONNECT_S)
        try:
            response = self._http().request(
                path,
                method=method,
                params=params,
                json=json,
                request_options={"timeout_in_seconds": limits, "max_retries": 0},
            )
        except ApiError as error:
            raise self._refusal(error.status_code or 401, error.body) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._no_answer(error) from None
        except (httpx.InvalidURL, ValueError) as error:
            # the SDK asked for an access token, and the answer was a page
            if (self._last_status or 0) >= 400:
                raise self._refusal(self._last_status, str(error)) from None
            raise self._no_label_studio(self._last_status) from None
        return self._decoded(response)

    def read(
        self, path: str, *, params: dict | None = None, json: Any = None, timeout: float = QUICK
    ) -> Any:
        """A GET, tried a few times."""
        return self.repeat("GET", path, params=params, json=json, timeout=timeout)

    def repeat(self, method: str, path: str, **request: Any) -> Any:
        """A request that does no harm when it arrives twice: a few attempts while the server is
        away or stumbles."""
        started = time.monotonic()
        for attempt in range(ATTEMPTS):
            try:
                return self.call(method, path, **request)
            except LabelStudioError as error:
                late = time.monotonic() - started > DEADLINE_S
                if not may_pass(error) or late or attempt == ATTEMPTS - 1:
                    raise
                pause(attempt)
        raise AssertionError("unreachable")

    def delete(self, path: str) -> None:
        """A DELETE; what is gone already is fine."""
        try:
            self.repeat("DELETE", path)
        except LabelStudioError as error:
            if error.status != 404:
                raise

    def _http(self) -> Any:
        """The SDK's HTTP client; made late, since for an access token that asks the server."""
        if self._sdk is None:
            import httpx
            from label_studio_sdk import LabelStudio

            self._sdk = LabelStudio(
                base_url=self.url + "/",
                api_key=self._token,
                headers={"Connection": "close"},
                httpx_client=httpx.Client(
                    timeout=httpx.Timeout(QUICK, connect=CONNECT_S),
                    trust_env=not is_local(self.url),
                    headers={"Connection": "close"},
                    event_hooks={"response": [self._note_status]},
                ),
                max_retries=0,
            )
        return self._sdk._client_wrapper.httpx_client

    def _note_status(self, response: Any) -> None:
        self._last_status = response.status_code
        with suppress(KeyError, TypeError, ValueError):
            there = parsedate_to_datetime(response.headers["date"])
            ahead = there - datetime.now(UTC)
            self.ahead = ahead if abs(ahead) > CLOCKS_AGREE else timedelta()

    def _no_answer(self, error: Exception) -> LabelStudioUnreachable:
        reason = str(error) or type(error).__name__
        hint = LATER
        if "CERTIFICATE" in reason.upper():
            hint = "its certificate is not trusted: name the authority's in SSL_CERT_FILE"
        return LabelStudioUnreachable(
            f"Label Studio at {self.url} does not answer ({reason}): {hint}"
        )

    def _decoded(self, response: Any) -> Any:
        status = response.status_code
        try:
            body = response.json() if response.content else None
        except ValueError:
            body = response.text
        if 300 <= status < 400:
            target = response.headers.get("location", "elsewhere")
            raise LabelStudioError(
                f"{self.url} redirects to {target}: give Label Studio's own address", status
            )
        if status >= 400:
            raise self._refusal(status, body)
        if isinstance(body, str):
            raise self._no_label_studio(status)
        return body

    def _no_label_studio(self, status: int | None) -> LabelStudioError:
        return LabelStudioError(
            f"{self.url} does not answer like Label Studio: check the address", status
        )

    def _refusal(self, status: int, body: Any) -> LabelStudioError:
        detail = _detail(body)
        if status in (408, 429, 502, 503, 504):
            return LabelStudioUnreachable(
                f"Label Studio at {self.url} is not ready (HTTP {status}): {LATER}", status
            )
        if status >= 500:
            return LabelStudioUnreachable(
                f"Label Studio at {self.url} failed by itself (HTTP {status}): its log says why; "
                "what waits is sent later",
                status,
            )
        if status == 401:
            return LabelStudioError(self._unauthorized(detail), status)
        if isinstance(body, str):
            message = f"{self.url} answers HTTP {status} with a page, not with Label Studio's data"
            return LabelStudioError(
                f"{message}: check the address (and its path, where Label Studio lies under one)",
                status,
            )
        if status == 404:
            return LabelStudioError(f"Label Studio at {self.url} has it not: {detail}", status)
        if status == 403:
            return LabelStudioError(
                f"Label Studio at {self.url} does not let this user do that: {detail}", status
            )
        return LabelStudioError(
            f"Label Studio at {self.url} refused (HTTP {status}): {detail}", status
        )

    def _unauthorized(self, detail: str) -> str:
        said = detail.lower()
        if "legacy token" in said and "disabled" in said:
            return (
                f"Label Studio at {self.url} has legacy tokens switched off: use a personal access "
                "token (Account & Settings), or switch them on (Organization, Access Tokens)"
            )
        for sign, what in TOKEN_FAULTS.items():
            if sign in said and self._token.count(".") == 2:
                where = f"make a new one in Label Studio at {self.url}, Account & Settings"
                return f"the personal access token {what}: {where}"
        return (
            f"Label Studio at {self.url} does not accept the token ({detail}): copy it again from "
            "Account & Settings"
        )


def may_pass(error: LabelStudioError) -> bool:
    """Whether the same request may work later: the server was away, or failed by itself."""
    return isinstance(error, LabelStudioUnreachable)


def checked_url(url: str) -> str:
    """The address without its last slash; LabelStudioError where it is none."""
    address = url.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits:
        raise LabelStudioError(
            f"{url!r} is no address of a Label Studio: write it as http://host:port"
        )
    return address


def _checked_token(token: str) -> str:
    stripped = token.strip()
    if not stripped or not stripped.isascii() or len(stripped.split()) > 1:
        raise LabelStudioError(
            "the Label Studio token is empty or has characters no token has: copy it again from "
            "Account & Settings"
        )
    return stripped


def _detail(body: Any) -> str:
    """The server's reason in one short line."""
    if isinstance(body, dict):
        reasons = body.get("validation_errors") or body.get("detail") or body
        if isinstance(reasons, dict):
            reasons = "; ".join(f"{key}: {value}" for key, value in reasons.items())
        body = reasons
    line = " ".join(str(body).split())
    return line if len(line) <= 300 else line[:297] + "..."
