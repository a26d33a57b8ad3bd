"""Labels that were renamed, added or removed in Label Studio: noticed, shown, and settled once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher

from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from workbench import events
from workbench.errors import ConfigError, ProjectError, SchemaError
from workbench.exchange.cursors import cursor_key
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.labelconfig import LabelConfig, parse
from workbench.project import Project
from workbench.tables import (
    Annotation,
    Conflict,
    FindingRow,
    JobRow,
    Queued,
    Round,
    now,
)

PENDING = "label_change"
DECIDED = "label_decisions"
ALIKE = 0.6
"""From this similarity on (difflib's ratio), a new label is proposed as a removed one's name."""

TARGETS = (
    (Annotation, ("target", "suggestion")),
    (Queued, ("suggestion",)),
    (FindingRow, ("given", "suggestion")),
    (Conflict, ("kept", "dropped")),
)


@dataclass(frozen=True)
class Change:
    """Label Studio's configuration differs from the project's, and somebody must say what of it.

    ``proposed`` maps each removed label to its likely new name, "" where none is likely.
    ``other`` names what else changed (controls, task kind, the text's field). ``problem`` says why
    the change cannot be applied at all.
    """

    xml: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    proposed: dict[str, str] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)
    problem: str = ""
    noticed_at: str = ""

    @property
    def matters(self) -> bool:
        """Whether more than decoration and the labels' order differs."""
        return bool(self.added or self.removed or self.other or self.problem)


@dataclass(frozen=True)
class Decided:
    """What was said of labels so far: old name → new name, and those no longer used."""

    renamed: dict[str, str] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)


def pending(project: Project) -> Change | None:
    """The change that waits for a decision."""
    kept = project.store.fact(PENDING)
    return Change(**kept) if kept else None


def decided(project: Project) -> Decided:
    """All decisions so far."""
    return Decided(**project.store.fact(DECIDED, {}))


def notice(project: Project, client: LabelStudioClient) -> Change | None:
    """Compares Label Studio's configuration with the project's; what waits for a decision now.

    A difference that changes no label, control or kind is taken over at once, and so is any as long
    as nothing here uses the labels.
    """
    xml = client.project(project.settings.labelstudio.project_id).xml
    ours = project.store.fact("label_config")
    waiting = pending(project)
    if waiting is not None and waiting.xml == xml and ours != xml:
        return waiting
    if xml == ours:
        project.store.set_fact(PENDING, None)
        return None
    if ours is None or not _in_use(project):
        project.set_config(xml)
        project.store.set_fact(PENDING, None)
        return None
    change = compare(parse(str(ours)), xml)
    if not change.matters:
        if not _round_runs(project):
            project.set_config(xml)
        project.store.set_fact(PENDING, None)
        return None
    project.store.set_fact(PENDING, asdict(change))
    events.record(
        project, events.SYSTEM, "labels_changed", added=change.added, removed=change.removed,
        other=change.other, problem=change.problem,
    )  # fmt: skip
    return change


def compare(ours: LabelConfig, xml: str) -> Change:
    """What ``xml`` changes, with the likely renames."""
    at = now().isoformat()
    try:
        theirs = parse(xml)
    except SchemaError as error:
        return Change(xml, problem=str(error), noticed_at=at)
    old, new = ours.schema.labels, theirs.schema.labels
    other = [
        f"{what} {before} → {after}"
        for what, before, after in (
            ("task kind", ours.schema.kind, theirs.schema.kind),
            ("control", ours.from_name, theirs.from_name),
            ("text", ours.to_name, theirs.to_name),
            ("text field", ours.data_key, theirs.data_key),
        )
        if before != after
    ]
    return Change(
        xml,
        [label for label in new if label not in old],
        [label for label in old if label not in new],
        _proposed(old, new),
        other,
        noticed_at=at,
    )


def decisions(
    change: Change, renames: dict[str, str], retired: Iterable[str] = ()
) -> dict[str, str]:
    """Removed label → new name, "" for no longer used: the proposal unless something else is said.

    Raises ConfigError for a label that the change does not remove, or a name that is not there.
    """
    said = dict.fromkeys(retired, "") | renames
    there = parse(change.xml).schema.labels if not change.problem else ()
    for old, new in said.items():
        if old not in change.removed:
            removed = ", ".join(change.removed) or "none"
            raise ConfigError(f"{old!r} is not removed in Label Studio; removed: {removed}")
        if new and new not in there:
            raise ConfigError(f"{new!r} is no label in Label Studio: {', '.join(there)}")
    return change.proposed | said


def apply(
    project: Project,
    renames: dict[str, str],
    retired: Iterable[str] = (),
    *,
    by: str,
    seen: str = "",
) -> dict[str, str]:
    """Takes Label Studio's configuration over, by `decisions`; returns them.

    Everything that is stored under a renamed label gets the new name in one transaction; answers
    under a label that is no longer used stay, and nothing is trained on them; those of them that
    Label Studio does not have yet are not sent any more, since it cannot say them. ``seen`` is the
    configuration that the decision is about. Raises ProjectError when no change waits (or another
    one than was seen), when it cannot be applied, or while a round runs.
    """
    change = pending(project)
    if change is None:
        raise ProjectError("no change of the labels waits for a decision")
    if seen and seen != change.xml:
        raise ProjectError("the labels changed again in Label Studio: look at the question anew")
    if change.problem:
        raise ProjectError(f"this change cannot be applied: {change.problem}")
    said = decisions(change, renames, retired)
    if _round_runs(project):
        raise ProjectError("a round is at work: apply the change of the labels when it is done")
    names = {old: new for old, new in said.items() if new}
    old_config, new_config, before = project.config, parse(change.xml), decided(project)
    renamed = {old: names.get(new, new) for old, new in before.renamed.items()} | names
    retired = {old for old, new in said.items() if not new}
    facts = {
        "label_config": change.xml,
        PENDING: None,
        DECIDED: asdict(Decided(renamed, sorted({*before.retired, *retired} - set(names)))),
    }
    if new_config.data_key != old_config.data_key:
        # tasks whose text was not found before are looked at again
        facts[cursor_key(project.settings.labelstudio.project_id)] = None
    with project.exchange(), project.store.session() as session:
        for key, value in facts.items():
            project.store.put_fact(session, key, value)
        session.flush()
        _check_kind(session, old_config.schema.kind, new_config.schema.kind)
        rows = sum(_relabel(session, table, columns, names) for table, columns in TARGETS)
        unsent = _stay_here(session, retired)
        _relabel_reasons(session, names)
        session.execute(update(Round).where(Round.state == "open").values(step=""))
        events.add(
            session, by, "labels_applied", renamed=names, added=change.added,
            retired=sorted(retired), rows=rows, unsent=unsent,
        )  # fmt: skip
    return said


def summary(change: Change) -> str:
    """The change on one line."""
    if change.problem:
        return f"cannot be used: {change.problem}"
    parts = [f"removed {label}" for label in change.removed]
    parts += [f"added {label}" for label in change.added]
    return ", ".join([*parts, *change.other])


def _proposed(old: tuple[str, ...], new: tuple[str, ...]) -> dict[str, str]:
    """The likely new name of each removed label: the one in its place, else one much like it."""
    found: dict[str, str] = {}
    free = [label for label in new if label not in old]
    gone = [label for label in old if label not in new]
    for how, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "replace" and i2 - i1 == j2 - j1:
            for before, after in zip(old[i1:i2], new[j1:j2], strict=True):
                if before in gone and after in free:
                    found[before] = after
    left = [label for label in free if label not in found.values()]
    alike = sorted(
        (
            (SequenceMatcher(None, before.casefold(), after.casefold()).ratio(), before, after)
            for before in gone
            if before not in found
            for after in left
        ),
        reverse=True,
    )
    for ratio, before, after in alike:
        if ratio >= ALIKE and before not in found and after not in found.values():
            found[before] = after
    return {label: found.get(label, "") for label in gone}


def _in_use(project: Project) -> bool:
    with project.store.session() as session:
        return any(
            session.scalar(select(func.count()).select_from(table))
            for table in (Annotation, Queued, FindingRow)
        )


def _round_runs(project: Project) -> bool:
    running = select(JobRow.id).where(JobRow.kind == "round", JobRow.state == "running")
    with project.store.session() as session:
        return session.scalar(running.limit(1)) is not None


def _check_kind(session: Session, old: str, new: str) -> None:
    """Stored answers must be readable as the new kind; ProjectError when they are not."""
    if old == new or (old, new) == ("single", "multi"):
        return
    kept = session.scalars(select(Annotation.target).where(~Annotation.deleted))
    hurt = sum(1 for said in kept if said and (len(said) > 1 or "spans" in (old, new)))
    if hurt:
        raise ProjectError(
            f"the task kind changed from {old} to {new}, and {hurt} answers cannot be read so: set"
            " the old kind again in Label Studio, or make another project for the new one"
        )


def _relabel(session: Session, table: type, columns: tuple[str, ...], names: dict) -> int:
    """Renames the labels in JSON columns; returns how many rows changed."""
    if not names:
        return 0
    keys = [key.name for key in inspect(table).primary_key]
    wanted = [getattr(table, name) for name in (*keys, *columns)]
    changed = []
    for row in session.execute(select(*wanted)).mappings():
        new = {name: _named(row[name], names) for name in columns}
        if any(new[name] != row[name] for name in columns):
            changed.append({key: row[key] for key in keys} | new)
    if changed:
        session.execute(update(table), changed)
    return len(changed)


def _relabel_reasons(session: Session, names: dict[str, str]) -> None:
    for row in session.scalars(select(FindingRow)):
        if (other := row.why.get("other_label")) in names:
            row.why = row.why | {"other_label": names[other]}


def _stay_here(session: Session, retired: set[str]) -> int:
    """Takes answers under a label that Label Studio lost out of the outbox; how many they are."""
    waiting = session.scalars(select(Annotation).where(Annotation.to_send, ~Annotation.deleted))
    stuck = [one for one in waiting if retired & _labels(one.target)]
    for one in stuck:
        one.to_send = False
    return len(stuck)


def _labels(target: list | None) -> set[str]:
    return {part[-1] if isinstance(part, list) else part for part in target or []}


def _named(target: list | None, names: dict[str, str]) -> list | None:
    if target is None:
        return None
    new = [
        [*part[:-1], names.get(part[-1], part[-1])]
        if isinstance(part, list)
        else names.get(part, part)
        for part in target
    ]
    return [part for place, part in enumerate(new) if part not in new[:place]]
