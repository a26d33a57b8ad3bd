"""What learns from labelled texts: the protocol, and which learner when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from activelearn.data import Dataset
from activelearn.encoder import Embedder, Encoder
from activelearn.head import HeadLearner
from activelearn.kinds import kind_of
from activelearn.models import Model
from activelearn.progress import Progress
from activelearn.reading import best_device
from activelearn.unknown import BLIND

if TYPE_CHECKING:
    from activelearn.finetune import FineTuneSettings

FEW_SHOT_MIN_TOTAL, FEW_SHOT_MIN_PER_LABEL = 8, 2
FINETUNE_MIN_TOTAL, FINETUNE_MIN_PER_LABEL, FINETUNE_MIN_ALONE = 20, 4, 16
"""From how many labels on which learner is worth its time: in all, for each class on average, and
where the fine-tune has few texts without a label to learn from."""

FEW_LABELS = 300
"""Up to so many labels the fine-tune learns from texts without a label too."""

MANY_LABELS, FINETUNE_MIN_PER_MANY = 20, 8
"""With more classes than that few-shot training is no better than the head, and each class needs
more examples before fine-tuning is worth its time."""

LEARNERS = ("auto", "head", "few_shot", "finetune")
SPOKEN = {"head": "The head", "few_shot": "Few-shot training", "finetune": "The fine-tune"}

ENOUGH_TO_READ = 1_000
"""So many texts say how much of them the encoder's vocabulary lacks."""

MOST_UNLABELLED = 20_000
"""So many texts without a label tell the head all that more would."""

MOST_CHARACTERS, LONGEST = 4_000_000, 1_500
"""Of long texts fewer, with so many characters (of a text what an encoder reads of it, about), but
so many that they are read in the fastest way: to read 10,000 reviews takes a round about as long
as to learn from its labels."""


class Learner(Protocol):
    """Makes a model of a labelled dataset; the same seed makes the same model."""

    name: str

    def fit(self, dataset: Dataset, *, seed: int, progress: Progress | None = None) -> Model: ...


@dataclass(frozen=True)
class Unlabelled:
    """Texts that nobody labelled, a uniform sample of them, and their vectors [n, d]."""

    texts: tuple[str, ...]
    vectors: np.ndarray


def unread(dataset: Dataset, encoder: Embedder) -> float:
    """The share of the texts' characters that the encoder cannot read, as a sample says."""
    drawn = np.random.default_rng(0).permutation(len(dataset))[:ENOUGH_TO_READ]
    return float(encoder.unknown([dataset.texts[row] for row in drawn]).mean())


def choose_learner(
    dataset: Dataset,
    name: str = "auto",
    *,
    encoder: Embedder | None = None,
    settings: FineTuneSettings | None = None,
    unlabelled: Unlabelled | None = None,
) -> tuple[Learner, str]:
    """The learner for the labels at hand, and the reason as one sentence.

    ``name`` is one of LEARNERS; what is ``unlabelled`` the head and the fine-tune learn from too.
    ``auto`` goes by the labels for each class: the head with one, contrastive few-shot training
    from two on, the fine-tune when there are enough for the whole encoder; the head where the
    encoder cannot read much of the texts.
    """
    from activelearn.finetune import FewShotLearner, FineTuneLearner, FineTuneSettings

    settings = settings or FineTuneSettings()
    encoder = encoder or Encoder()
    head = HeadLearner(encoder, unlabelled=unlabelled.vectors if unlabelled else None)
    people = dataset.take(dataset.own())
    counts = kind_of(dataset.schema).label_counts(people.targets or [], dataset.schema)
    total, seen = sum(counts.values()), sum(count > 0 for count in counts.values())
    many = len(counts) > MANY_LABELS
    texts = unlabelled.texts if unlabelled and total <= FEW_LABELS and not many else ()
    count, device = len(dataset), best_device()
    finetune = FineTuneLearner(encoder, settings.for_labels(count, device), unlabelled=texts)
    its_own = replace(settings, epochs=None)  # few-shot training does not go by epochs
    few_shot = FewShotLearner(encoder, its_own.for_labels(count, device))
    named = {one.name: one for one in (head, few_shot, finetune)}
    if name in named:
        return named[name], f"{SPOKEN[name]} is used because the settings ask for it."
    if name != "auto":
        *others, last = LEARNERS
        raise ValueError(f"no learner {name!r}: choose {', '.join(others)} or {last}")
    per_label = total / max(len(counts), 1)
    said = f"{total} labels for {len(counts)} classes ({per_label:.1f} each)"
    if seen < 2:
        return head, f"The head is used: {seen} of the classes has examples so far."
    lacking = unread(dataset, encoder)
    if lacking > BLIND:
        return head, (
            f"The head is used: the encoder cannot read {lacking:.0%} of the characters, and gains "
            "little by training; a multilingual encoder would read them."
        )
    taught = total > FEW_LABELS or (settings.guesses and len(texts) >= total)
    least = FINETUNE_MIN_PER_LABEL if taught else FINETUNE_MIN_ALONE
    least = FINETUNE_MIN_PER_MANY if many else least
    if total >= FINETUNE_MIN_TOTAL and per_label >= least:
        return finetune, f"The fine-tune is used: {said} are enough to train the whole encoder."
    few = f"{said} are few"
    if many:
        return head, f"The head is used: {few}, fine-tuning starts at {least} for each class."
    if total < FEW_SHOT_MIN_TOTAL or per_label < FEW_SHOT_MIN_PER_LABEL:
        return head, (
            f"The head is used: {few}, few-shot training starts at {FEW_SHOT_MIN_TOTAL} and "
            f"{FEW_SHOT_MIN_PER_LABEL} for each class."
        )
    return few_shot, (
        f"Few-shot training is used: {few}, fine-tuning starts at {FINETUNE_MIN_TOTAL} and {least} "
        "for each class."
    )
