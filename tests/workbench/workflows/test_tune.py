"""A search for fine-tune settings on real labels."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from workbench import config
from workbench.errors import ConfigError, ProjectError
from workbench.project import Project
from workbench.tables import Event
from workbench.workflows import tune
from workbench.workflows.tune import run_tune, use_tuned


class Cut(Exception):
    """What stands for a kill."""


@pytest.fixture
def quick(project: Project, monkeypatch) -> Project:
    """Few epochs, so that a trial takes seconds."""
    known = tune._suggested
    monkeypatch.setattr(tune, "_suggested", lambda *asked: known(*asked) | {"epochs": 2})
    monkeypatch.setattr(tune, "FEWEST", 20)
    config.write(project.root, {"finetune": {"epochs": 2, "batch_size": 24}})
    return Project.open(project.root)


def test_goes_on_where_it_was_cut_off(quick: Project, recwarn) -> None:
    def cut(_fraction: float, message: str) -> None:
        if message == "trial 2 of 3":
            raise Cut

    with pytest.raises(Cut):
        run_tune(quick, 3, progress=cut)
    said: list[str] = []
    found = run_tune(quick, 3, progress=lambda _fraction, message: said.append(message), by="eng")
    assert "trial 1 of 3" not in said and "trial 3 of 3" in said
    assert found["trials"] == 3 and set(found["settings"]) >= {"encoder_lr", "batch_size"}
    value, low, high = found["difference"]
    assert low <= value <= high
    assert value == pytest.approx(found["accuracy"] - found["before"])
    assert found["use"] == (low > 0)
    with quick.store.session() as session:
        (event,) = session.scalars(select(Event).where(Event.what == "tune"))
    assert event.who == "eng"
    outside = [one for one in recwarn if "out of range" in str(one.message)]
    assert not outside, "the search begins with what is in use"


def test_only_what_is_better_is_used(quick: Project) -> None:
    with pytest.raises(ConfigError, match="nothing was searched yet"):
        use_tuned(quick)
    found = {"settings": {"encoder_lr": 3e-4, "batch_size": 8}, "use": False}
    quick.store.set_fact(tune.FACT, found)
    with pytest.raises(ConfigError, match="proved"):
        use_tuned(quick)
    quick.store.set_fact(tune.FACT, found | {"use": True})
    use_tuned(quick)
    chosen = Project.open(quick.root).settings.finetune
    assert (chosen.encoder_lr, chosen.batch_size, chosen.epochs) == (3e-4, 8, 2)


def test_too_few_labels(project: Project, monkeypatch) -> None:
    monkeypatch.setattr(tune, "FEWEST", 10_000)
    with pytest.raises(ProjectError, match="at least 10000 labelled items"):
        run_tune(project, 2)
