"""Audit: which labels are probably wrong, which texts contradict each other, which stand apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from sqlalchemy import delete, select

from activelearn.data import Dataset
from activelearn.progress import part
from workbench import events, items
from workbench.errors import ProjectError
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.tables import FindingRow
from workbench.targets import show, to_json
from workbench.training import check_kind
from workbench.workflows.importing import IMPORTER

FEWEST = 20
AUDIT_STRENGTH = 10.0
"""A head that is held back more finds more wrong labels than one that follows each of them."""

NEIGHBOURS = 5


@dataclass(frozen=True)
class AuditReport:
    """How many items were looked at, and the findings by kind."""

    items: int
    findings: int
    label_issues: int
    conflicts: int
    outliers: int


def run_audit(
    project: Project, progress: Progress = quiet, *, by: str = events.SYSTEM
) -> AuditReport:
    """Finds probable label errors in everything that is labelled and stores them, ranked.

    Out-of-fold probabilities go to cleanlab (Northcutt et al. 2021, confident learning); exact and
    near duplicates with different labels and texts far from all others are findings of their own.
    Findings that somebody decided are not raised again while the label is the same.
    """
    from activelearn.folds import out_of_fold
    from activelearn.head import HeadLearner

    check_kind(project)
    data = items.labelled(project, holdout=False).concat(items.labelled(project, holdout=True))
    if len(data) < FEWEST or len(set(data.targets)) < 2:
        raise ProjectError(
            f"an audit needs at least {FEWEST} labelled items of two classes, there are {len(data)}"
        )
    chosen, seed = project.settings.audit, project.settings.round.seed
    head = HeadLearner(project.encoder, strength=AUDIT_STRENGTH)
    probabilities = out_of_fold(
        data,
        head.settled(data, seed=seed, progress=part(progress, 0.0, 0.25)),
        folds=chosen.folds,
        seed=seed,
        progress=part(progress, 0.25, 0.75),
    )
    progress(0.78, "ranking the label issues")
    found = _label_issues(data, probabilities)
    progress(0.85, "looking for duplicates with different labels")
    conflicts = _contradictions(project, data) + _conflicts(data, probabilities)
    progress(0.92, "looking for outliers")
    outliers = _outliers(data, project.encoder.embed(data.texts), chosen.outliers)

    flagged = {row.uid for row in found}
    conflicts = list({row.uid: row for row in reversed(conflicts)}.values())[::-1]
    conflicts = [row for row in conflicts if row.uid not in flagged]
    flagged |= {row.uid for row in conflicts}
    outliers = [row for row in outliers if row.uid not in flagged]
    kept = _store(project, found + conflicts + outliers, len(data), by)
    return AuditReport(
        len(data),
        len(kept),
        sum(row.kind == "label" for row in kept),
        sum(row.kind == "conflict" for row in kept),
        sum(row.kind == "outlier" for row in kept),
    )


def _label_issues(data: Dataset, probabilities: np.ndarray) -> list[FindingRow]:
    from cleanlab.filter import find_label_issues

    names = data.schema.labels
    given = np.array([names.index(target) for target in data.targets])
    present = np.unique(given)
    compact = probabilities[:, present]
    compact = compact / np.maximum(compact.sum(axis=1, keepdims=True), 1e-12)
    places = np.searchsorted(present, given)
    order = find_label_issues(places, compact, return_indices_ranked_by="self_confidence", n_jobs=1)
    rows = []
    for index in order:
        best = int(probabilities[index].argmax())
        rows.append(
            _finding(
                data,
                int(index),
                "label",
                names[best],
                float(compact[index, places[index]]),
                {"given": float(probabilities[index][given[index]]),
                 "suggested": float(probabilities[index][best])},
            )
        )  # fmt: skip
    return rows


def _contradictions(project: Project, data: Dataset) -> list[FindingRow]:
    """Items to which one source gave two labels, as a file does that has a text twice."""
    said = items.annotations_by_uid(project)
    rows = []
    for index, (uid, label) in enumerate(zip(data.uids, data.targets, strict=True)):
        if any(one.source == "audit" for one in said[uid]):
            continue
        given = [one.target for one in said[uid] if one.source == IMPORTER and one.target]
        others = [target for target in given if target != to_json(label)]
        if others:
            other = items.as_target(project, others[-1])
            why = {"other_uid": uid, "other_text": data.texts[index], "other_label": show(other)}
            rows.append(_finding(data, index, "conflict", other, 0.0, why))
    return rows


def _conflicts(data: Dataset, probabilities: np.ndarray) -> list[FindingRow]:
    from workbench.duplicates import near_duplicates

    partners: dict[int, list[int]] = defaultdict(list)
    for one, other, _ in near_duplicates(data.texts):
        if data.targets[one] != data.targets[other]:
            partners[one].append(other)
            partners[other].append(one)
    names = data.schema.labels
    rows = []
    for index, others in partners.items():
        own = float(probabilities[index][names.index(data.targets[index])])
        other = max(others, key=lambda o: probabilities[index][names.index(data.targets[o])])
        why = {
            "other_uid": data.uids[other],
            "other_text": data.texts[other],
            "other_label": data.targets[other],
        }
        rows.append(_finding(data, index, "conflict", data.targets[other], own, why))
    return sorted(rows, key=lambda row: row.score)


def _outliers(data: Dataset, vectors: np.ndarray, most: int) -> list[FindingRow]:
    from sklearn.neighbors import NearestNeighbors

    neighbours = min(NEIGHBOURS + 1, len(data))
    distances, _ = NearestNeighbors(n_neighbors=neighbours).fit(vectors).kneighbors(vectors)
    mean = distances[:, 1:].mean(axis=1)
    quarter, three = np.quantile(mean, [0.25, 0.75])
    far = [int(i) for i in np.argsort(-mean)[:most] if mean[i] > three + 1.5 * (three - quarter)]
    return [
        _finding(data, index, "outlier", None, float(1 / (1 + mean[index])),
                 {"distance": float(mean[index]), "usual": float(np.median(mean))})
        for index in far
    ]  # fmt: skip


def _finding(
    data: Dataset, index: int, kind: str, suggestion: str | None, score: float, why: dict
) -> FindingRow:
    return FindingRow(
        uid=data.uids[index],
        kind=kind,
        given=to_json(data.targets[index]),
        suggestion=to_json(suggestion),
        score=score,
        rank=0,
        why=why,
    )


def _store(project: Project, rows: list[FindingRow], looked_at: int, by: str) -> list[FindingRow]:
    with project.store.session() as session:
        session.execute(delete(FindingRow).where(FindingRow.state == "open"))
        decided = {
            (row.uid, row.kind, str(row.given))
            for row in session.scalars(select(FindingRow).where(FindingRow.state != "open"))
        }
        kept = [row for row in rows if (row.uid, row.kind, str(row.given)) not in decided]
        for rank, row in enumerate(kept, start=1):
            row.rank = rank
        session.add_all(kept)
        events.add(session, by, "audit", items=looked_at, findings=len(kept))
    return kept
