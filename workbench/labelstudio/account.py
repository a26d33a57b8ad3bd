"""What a user of Label Studio does in its pages about tokens, done with their email and password.

It works when no token does: the pages ask for a session, not for a token.
"""

from __future__ import annotations

import re
from typing import Any

from workbench.errors import LabelStudioError, LabelStudioUnreachable
from workbench.loopback import is_local

SECONDS = 20.0
HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Account:
    """A session of the user; raises LabelStudioError when the log-in is refused."""

    def __init__(self, url: str, email: str, password: str) -> None:
        import httpx

        self.url = url.rstrip("/")
        self._http = httpx.Client(
            timeout=SECONDS, headers={"Connection": "close"}, trust_env=not is_local(self.url)
        )
        page = f"{self.url}/user/login/"
        hidden = HIDDEN.search(self._send("GET", page).text)
        form = {"email": email, "password": password}
        form["csrfmiddlewaretoken"] = hidden[1] if hidden else ""
        answer = self._send("POST", page, data=form, headers={"Referer": page})
        if answer.status_code != 302:
            raise LabelStudioError(f"{self.url} does not let {email} log in", answer.status_code)

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def allow_legacy_tokens(self, allowed: bool = True) -> None:
        """Switches legacy tokens on or off, for the whole organization."""
        self._json("POST", "api/jwt/settings", {"legacy_api_tokens_enabled": allowed})

    def new_token(self) -> str:
        """A new personal access token; the one before, which cannot be read back, is revoked."""
        for old in self._json("GET", "api/token/"):
            self._json("POST", "api/token/blacklist/", {"refresh": old["token"]})
        return self._json("POST", "api/token/", {})["token"]

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._send(method, f"{self.url}/{path}", json=body)
        if answer.status_code >= 300:
            raise LabelStudioError(
                f"{method} {path}: HTTP {answer.status_code}, {answer.text[:200]}",
                answer.status_code,
            )
        return answer.json() if answer.content else None

    def _send(self, method: str, url: str, **request: Any) -> Any:
        import httpx

        try:
            return self._http.request(method, url, **request)
        except httpx.HTTPError as error:
            raise LabelStudioUnreachable(f"{self.url} does not answer: {error}") from None
