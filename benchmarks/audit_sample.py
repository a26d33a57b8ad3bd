"""How many planted label errors an audit of the sample data puts among its first findings."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from importlib.resources import files
from pathlib import Path

from benchmarks.report import Options

SETS = {"customer_service_en": "en", "finance_sentiment_zh": "zh"}
LOOK = 1.5
"""Findings looked at, for each planted error."""
LEAST = 0.60


def audit_sample(options: Options) -> dict:
    """Imports each sample with all its labels, audits it, and counts what the first findings hold.

    The audit sees the given labels only; the planted ones are read here to count.
    """
    measured = {folder: _measure(folder, language) for folder, language in SETS.items()}
    rows = [
        {
            "sample": folder,
            "items": one["items"],
            "planted errors": one["planted"],
            "findings looked at": one["looked_at"],
            "planted among them": one["found"],
            "share found": f"{one['share']:.1%}",
            "by chance": f"{one['by_chance']:.1%}",
            "promised": f"≥ {LEAST:.0%}",
        }
        for folder, one in measured.items()
    ]
    ok = all(one["share"] >= LEAST for one in measured.values())
    return {"rows": rows, "ok": ok, "look": LOOK, "sets": measured}


def _measure(folder: str, language: str) -> dict:
    from workbench import findings
    from workbench.project import Project
    from workbench.workflows.audit import run_audit
    from workbench.workflows.importing import import_file

    source = Path(str(files("sample_data") / folder))
    with open(source / "planted_errors.csv", encoding="utf-8", newline="") as file:
        planted = {row["uid"]: row for row in csv.DictReader(file)}
    looked_at = int(LOOK * len(planted))
    with tempfile.TemporaryDirectory(prefix="bench-audit-") as temporary:
        project = Project.create(Path(temporary) / "project", name="Audit", language=language)
        try:
            imported = import_file(project, source / "messages.csv")
            report = run_audit(project)
            ranked = findings.ranked(project, limit=len(planted) * 10)
            seed, folds = project.settings.round.seed, project.settings.audit.folds
        finally:
            project.close()
    first = ranked[:looked_at]
    found = [one for one in first if one.uid in planted]
    return {
        "items": imported.added,
        "labelled": imported.labelled,
        "planted": len(planted),
        "findings": report.findings,
        "findings_by_kind": dict(Counter(one.kind for one in ranked)),
        "looked_at": len(first),
        "found": len({one.uid for one in found}),
        "share": len({one.uid for one in found}) / len(planted),
        "share_in_all_findings": len({o.uid for o in ranked} & set(planted)) / len(planted),
        "true_label_suggested": sum(o.suggestion == planted[o.uid]["true_label"] for o in found),
        "by_chance": looked_at / imported.added,
        "folds": folds,
        "audit_seed": seed,
    }
