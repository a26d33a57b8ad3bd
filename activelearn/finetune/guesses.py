"""Self-training: what a first model says of texts without a label, where it can be believed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from activelearn.calibrate import temperature_of
from activelearn.data import Dataset
from activelearn.encoder import Embedder
from activelearn.folds import out_of_fold
from activelearn.head import HeadLearner
from activelearn.kinds import TaskKind, kind_of
from activelearn.models import Model
from activelearn.progress import Progress, part

PER_LABEL, SHARE = 60, 0.5
"""How many texts a label, which share of all those that are said to have it at most (or a rare
label would be guessed too often)."""

MOST_READ = 2_000
"""So many texts without a label are read to find those that the first model is surest of."""

ENOUGH_TO_ASK = 10
"""From so many labels for each label of the schema on the head is asked about each text, too, if
there are more than two: of two labels those that are wrong always say the same."""

ENOUGH_TO_JUDGE, FOLDS, AGREES = 50, 5, 0.3
"""From so many labels on it is asked whether labels can be guessed, by this agreement (kappa)."""

SURE = 0.95
"""Where they could not, a head that says the same of so many of each label's surest texts speaks
for those."""

TELLS, MORE_THAN_TWO = 0.7, 2.5
"""And so does a few-shot model that expects so large a kappa itself (TREC 0.78 to 0.80; 0.43 to
0.69 where guesses did not help). Not of two labels, of which it is always sure: what it says must
be spread as evenly as over so many labels at least, which rare ones hardly add to."""


def can_guess(
    dataset: Dataset, texts: Sequence[str], encoder: Embedder, seed: int, progress: Progress
) -> bool:
    """Whether guesses about ``texts`` teach more than they mislead: not where a head is to agree
    with the truth by a small kappa only (labels are hard to tell, or nearly all are one). Then
    ``guessed_of`` may still find those that are easy to tell.

    How right it is of the texts its mean confidence says (as in Garg et al. 2022), tempered by
    out-of-fold predictions. These alone would speak for what was chosen to be labelled, the
    hardest. With few labels it is not asked.
    """
    people, kind = dataset.take(dataset.own()), kind_of(dataset.schema)
    if len(set(people.groups())) < ENOUGH_TO_JUDGE:
        return True
    head = HeadLearner(encoder).settled(people, seed=seed, progress=part(progress, 0.0, 0.4))
    known = out_of_fold(people, head, folds=FOLDS, seed=seed, progress=part(progress, 0.4, 0.7))
    temperature = temperature_of(known, kind.encode(people.targets, people.schema), kind)
    told = head.fit(people, seed=seed).predict_proba(_some(texts), part(progress, 0.7, 1.0))
    return kind.expected_agreement(kind.tempered(told, temperature)) >= AGREES


def guessed_of(
    first: Model,
    texts: Sequence[str],
    dataset: Dataset,
    encoder: Embedder,
    seed: int,
    progress: Progress,
    doubted: bool = False,
) -> dict[str, Any]:
    """Of ``texts`` those that the model ``first`` is surest of: uids, texts and targets.

    Where there are enough labels, only those of which a head on the published encoder that learned
    from the same ``dataset`` says the same: two that learned in different ways are seldom wrong in
    the same way (Blum and Mitchell 1998), but a head of few labels is wrong too often to be asked.
    Where it is ``doubted`` that labels can be guessed, none unless ``first`` itself can tell them,
    or of each label the head says the same of all but a few, and more than one is said.
    """
    texts = _some(texts)
    told = first.predict_proba(texts, part(progress, 0.0, 0.6))
    kind, schema = kind_of(dataset.schema), dataset.schema
    said, shared = kind.decode(told, schema), np.arange(len(texts))
    each = 2 < len(schema.labels) <= len(dataset.own()) / ENOUGH_TO_ASK
    surest, _ = kind.surest(told, PER_LABEL, SHARE)
    if each or doubted:
        head = HeadLearner(encoder).fit(dataset, seed=seed, progress=part(progress, 0.6, 0.8))
        other = kind.decode(head.predict_proba(texts, part(progress, 0.8, 1.0)), schema)
        same = np.array([one == two for one, two in zip(said, other, strict=True)])
        if doubted and not (
            _tells(told, kind.label_counts(said, schema), kind)
            or _easy(same[surest], kind.strata([said[row] for row in surest]))
        ):
            return {"uids": [], "texts": [], "targets": []}
        if each:
            shared = np.flatnonzero(same)
            surest, _ = kind.surest(told[shared], PER_LABEL, SHARE)
    rows = shared[surest].tolist()
    return {
        "uids": [f"guessed {row}" for row in rows],
        "texts": [texts[row] for row in rows],
        "targets": [said[row] for row in rows],
    }


def _easy(same: np.ndarray, labels: Sequence[Hashable]) -> bool:
    agreed = defaultdict(list)
    for label, one in zip(labels, same, strict=True):
        agreed[label].append(one)
    return len(agreed) > 1 and min(np.mean(ones) for ones in agreed.values()) >= SURE


def _tells(told: np.ndarray, counts: dict[str, int], kind: TaskKind) -> bool:
    often = np.array(list(counts.values()))
    several = often.sum() ** 2 > MORE_THAN_TWO * (often**2).sum()
    return bool(several and kind.expected_agreement(told) >= TELLS)


def _some(texts: Sequence[str]) -> Sequence[str]:
    return texts[:: math.ceil(len(texts) / MOST_READ)]
