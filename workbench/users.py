"""The people who may log in to the web UI: hashed passwords in ``workbench.toml``."""

from __future__ import annotations

import secrets
from pathlib import Path

from workbench import config
from workbench.config import Settings


def hash_password(password: str) -> str:
    """The argon2id hash that ``workbench.toml`` keeps."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def add(root: Path, email: str, password: str | None = None) -> str:
    """Adds or replaces a user and returns the password (a new one when none is given)."""
    password = password or secrets.token_urlsafe(9)
    config.write(root, {"users": {email: hash_password(password)}})
    return password


def verify(settings: Settings, email: str, password: str) -> bool:
    """True when ``email`` is a user and the password is theirs; equally slow when not."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    hashed = settings.users.get(email)
    try:
        return PasswordHasher().verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5bm9ib2R5bm8$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
