"""Single requests to Label Studio that show all that came back: for finding out what is wrong."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workbench.errors import LabelStudioError, LabelStudioUnreachable
from workbench.loopback import is_local

LEGACY_DIGITS = 40


class Silent(LabelStudioUnreachable):
    """No answer at all; ``why`` is refused, late, name, tls or broken."""

    def __init__(self, why: str, reason: str) -> None:
        super().__init__(reason)
        self.why = why


@dataclass(frozen=True)
class Answer:
    """What a request brought: ``body`` is decoded JSON, or the text where it is none."""

    status: int
    headers: dict[str, str]
    body: Any
    seconds: float

    @property
    def detail(self) -> str:
        """The server's reason in one short line."""
        said = self.body.get("detail", self.body) if isinstance(self.body, dict) else self.body
        return " ".join(str(said).split())[:200]


@dataclass(frozen=True)
class Token:
    """A token as it looks: ``kind`` is none, legacy, refresh (a personal access token), access
    (what a personal access token is exchanged for) or strange; ``expires`` where it says so."""

    text: str
    kind: str
    expires: datetime | None = None

    @classmethod
    def read(cls, text: str) -> Token:
        """Looks at the text only; the signature is known to the server alone."""
        import jwt

        if not text:
            return cls(text, "none")
        if len(text) == LEGACY_DIGITS and text.isalnum() and text.isascii():
            return cls(text, "legacy")
        try:
            claims = jwt.decode(text, options={"verify_signature": False, "verify_exp": False})
            expires = datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, OSError):
            return cls(text, "strange")
        kind = claims.get("token_type")
        return cls(text, kind if kind in ("refresh", "access") else "strange", expires)


class Probe:
    """Requests to the server at ``url``, each sent once and given ``seconds`` to be answered."""

    def __init__(self, url: str, seconds: float, authorization: str = "") -> None:
        self.url = url.rstrip("/")
        self.seconds = seconds
        self.authorization = authorization

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict | None = None,
        json: Any = None,
        timeout: float | None = None,
    ) -> Answer:
        """Sends one request; redirects are shown, not followed. Raises Silent without an answer."""
        import httpx

        headers = {"Connection": "close", "Accept": "application/json"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        started = time.monotonic()
        try:
            with httpx.Client(
                timeout=timeout or self.seconds, trust_env=not is_local(self.url)
            ) as client:
                got = client.request(
                    method, f"{self.url}/{path}", params=params, json=json, headers=headers
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Silent(_why(error), str(error) or type(error).__name__) from None
        try:
            body = got.json() if got.content else None
        except ValueError:
            body = got.text
        return Answer(got.status_code, dict(got.headers), body, time.monotonic() - started)

    def read(
        self, path: str, *, params: dict | None = None, json: Any = None, timeout: float = 0
    ) -> Any:
        """The body of a GET; raises LabelStudioError for a refusal."""
        return self.done("GET", path, params=params, json=json, timeout=timeout or None)

    def done(self, method: str, path: str, **request: Any) -> Any:
        """The body of a request that must succeed; raises LabelStudioError for a refusal."""
        answer = self.ask(method, path, **request)
        if answer.status >= 300:
            raise LabelStudioError(
                f"{method} {path}: HTTP {answer.status}, {answer.detail}", answer.status
            )
        return answer.body


def _why(error: Exception) -> str:
    import httpx

    said = str(error).lower()
    if isinstance(error, httpx.TimeoutException):
        return "late"
    if "refused" in said:
        return "refused"
    if "certificate" in said or "ssl" in said:
        return "tls"
    if isinstance(error, httpx.ConnectError) and ("name" in said or "getaddrinfo" in said):
        return "name"
    return "broken"
