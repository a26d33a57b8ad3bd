"""``workbench.toml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import config
from workbench.errors import ConfigError


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text("[round]\nbatch = 0\n")
    with pytest.raises(ConfigError, match=r"round\.batch"):
        config.load(tmp_path)
    (tmp_path / config.FILE).write_text("[round]\nbatsch = 5\n")
    with pytest.raises(ConfigError, match=r"round\.batsch"):
        config.load(tmp_path)
    (tmp_path / config.FILE).write_text("[round\n")
    with pytest.raises(ConfigError, match="TOML"):
        config.load(tmp_path)


def test_writing_keeps_the_comments(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text("# mine\n[round]\nbatch = 7  # small\n")
    config.write(tmp_path, {"model": {"max_length": 64}})
    text = (tmp_path / config.FILE).read_text()
    assert "# mine" in text and "# small" in text
    assert config.load(tmp_path).model.max_length == 64
    assert config.load(tmp_path).round.batch == 7
