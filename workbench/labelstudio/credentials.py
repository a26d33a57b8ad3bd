"""The user of the managed Label Studio, beside its database in one folder."""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from workbench.errors import LabelStudioError
from workbench.files import write_private
from workbench.labelstudio.process import read_json

EMAIL = "workbench@localhost"
TOKEN = "select key from authtoken_token join htx_user on htx_user.id = user_id where email = ?"


class Credentials:
    """Credentials as ``credentials.json`` has them, and the token as the database has it."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "credentials.json"
        self._database = data_dir / "label_studio.sqlite3"

    def read(self) -> dict:
        """The stored credentials, or new ones; ``ready`` says that a start has succeeded.

        The token is the one that holds now: people may have renewed it in Label Studio.
        """
        credentials = read_json(self._path)
        if credentials is None and self._database.exists():
            raise LabelStudioError(
                f"{self._path} is missing or unreadable, so the Label Studio in "
                f"{self._path.parent} cannot be opened: restore the file, or choose another folder"
            )
        if credentials is None:
            credentials = {
                "email": EMAIL,
                "password": secrets.token_urlsafe(15),
                "token": secrets.token_hex(20),
                "ready": False,
            }
            self.keep(credentials)
        return credentials | {"token": self._renewed(credentials) or credentials["token"]}

    def keep(self, credentials: dict) -> None:
        """Write the credentials, for the owner's eyes only."""
        write_private(self._path, json.dumps(credentials))

    def clear_database(self) -> None:
        """Remove the database of a first start that never succeeded.

        It holds nothing of anybody, and may be half migrated.
        """
        for part in self._database.parent.glob(self._database.name + "*"):
            part.unlink(missing_ok=True)

    def migrations_done(self) -> int:
        """How many migrations the database has seen."""
        return self._value("select count(*) from django_migrations") or 0

    def _renewed(self, credentials: dict) -> str | None:
        return self._value(TOKEN, credentials["email"])

    def _value(self, query: str, *values: str):
        """The first value that ``query`` finds; None where there is none, or no database."""
        try:
            with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as database:
                row = database.execute(query, values).fetchone()
                return row[0] if row else None
        except sqlite3.Error:
            return None
