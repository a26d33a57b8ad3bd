"""``workbench.toml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import config
from workbench.errors import ConfigError, ProjectError
from workbench.project import Project


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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('[round]\nstrategy = "foo"', "margin_diverse"),
        ('[augment]\nrecipe = "nope"', "random_swap"),
        ('[finetune]\nmethod = "x"', "not one of full, lora"),
        ("[round]\nbatchh = 5", "did you mean 'batch'"),
        ('[labelstudio]\nurl = "foo"', "http://host:port"),
        ("[round]\nseed = -1", "round.seed: -1: .* greater than or equal to 0"),
        ("[finetune]\nencoder_lr = inf", "finetune.encoder_lr: inf: "),
        ("[finetune]\nhead_lr = 1e30", "finetune.head_lr: 1e\\+30: .* less than or equal to 10"),
    ],
)
def test_what_is_allowed_is_said(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / config.FILE).write_text(line)
    with pytest.raises(ConfigError, match=said):
        config.load(tmp_path)


def test_a_project_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="file"):
        Project.create(tmp_path / "file" / "x", name="Never")
    with pytest.raises(ConfigError, match="auto, en, zh"):
        Project.create(tmp_path / "p", name="Never", language="fr")
    assert not (tmp_path / "p").exists()
    Project.create(tmp_path / "p", name="Outer").close()
    with pytest.raises(ProjectError, match="inside the project"):
        Project.create(tmp_path / "p" / "q", name="Inner")
