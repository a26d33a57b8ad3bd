"""Fine-tuning a Hugging Face encoder with a linear head on mean-pooled states."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from activelearn.data import Dataset, labelled_targets
from activelearn.encoder import Embedder, load_pretrained
from activelearn.finetune.adapters import merged, with_adapters
from activelearn.finetune.checkpoint import Checkpoint, fingerprint
from activelearn.finetune.few_shot import FewShotLearner
from activelearn.finetune.guesses import can_guess, guessed_of
from activelearn.finetune.loop import Batches, Training, Watch
from activelearn.finetune.settings import METHODS, FineTuneSettings
from activelearn.finetune.tracking import Tracking, tracked
from activelearn.folds import fold_numbers
from activelearn.kinds import UNSEEN_LOGIT, kind_of
from activelearn.models import FineTuneModel, Weights
from activelearn.names import named
from activelearn.progress import Progress, part
from activelearn.reading import usable_length

__all__ = [
    "METHODS",
    "Checkpoint",
    "FewShotLearner",
    "FineTuneLearner",
    "FineTuneSettings",
    "Tracking",
    "fingerprint",
]

GUESS_WORTH = 0.5
"""What a text whose label was guessed counts."""

ENOUGH_TO_GUESS = 40
"""After so many steps a few-shot model is as right about the texts that it is surest of as after
half as many again."""

ENOUGH_TO_HOLD_BACK = 100
HELD_FOLDS = 5
"""With so many labels one of so many folds can be spared to tell when to stop."""


@dataclass(frozen=True)
class FineTuneLearner:
    """Trains the encoder (or adapters in it) together with a linear head on mean-pooled states.

    Learning rates and pooling after what raised accuracy with few labels: a head that learns a
    hundred times faster than the encoder, short warm-up, linear decay. ``checkpoint`` is
    where an unfinished training is kept and goes on from. ``start`` is a fine-tuned model's
    folder to start from in place of the published weights (warm start); one of another encoder is
    not used. ``tracking`` tells an experiment tracker of each step.

    ``unlabelled`` are texts that nobody labelled, none where labels are many. The model learns from
    those of them too that a few-shot model is surest of (and the head agrees about), about the same
    number for each label (self-training: Yarowsky 1995, Lee 2013), each counting half. Not where
    labels are hard to guess (``guesses.py``): that is asked in a training, unless ``trusted`` says
    that it was. ``found`` are the guesses that were made meanwhile, by what was learned from.
    """

    encoder: Embedder
    settings: FineTuneSettings = field(default_factory=FineTuneSettings)
    checkpoint: Checkpoint | None = None
    start: Path | None = None
    tracking: Tracking | None = None
    unlabelled: tuple[str, ...] = ()
    trusted: bool = False
    found: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    name = "finetune"

    def fit(
        self, dataset: Dataset, *, seed: int, progress: Progress | None = None
    ) -> FineTuneModel:
        """Train on ``dataset`` and the labels' names; a label with neither an example nor a
        telling name gets about 0.

        ``progress`` is called at each step, and an exception that it raises ends the training.
        """
        labelled_targets(dataset)
        kept = self._checkpoint(dataset, seed)
        guessed = kept.recall() if kept else None
        guessed = guessed or self.found.get(self._source(dataset, seed))
        begun = 0.0
        if guessed is None and self._may_guess:
            begun = 0.5
            doubted = self._doubts(dataset, seed, part(progress, 0.0, 0.02))
            guessed = self._guessed(dataset, doubted, seed, part(progress, 0.02, begun))
            if kept:
                kept.note(guessed)
        told = Dataset(**guessed, schema=dataset.schema) if guessed and guessed["uids"] else None
        model = self._fit(dataset, told, seed, part(progress, begun, 1.0))
        if kept:
            kept.note(None)
        return model

    def settled(
        self, dataset: Dataset, *, seed: int, progress: Progress | None = None
    ) -> FineTuneLearner:
        """This learner with what was not decided: whether it learns from guesses, and where it does
        not, how fast and by which loss. So decided it learns in the same way from a part of the
        labels, by which it is judged."""
        if self.trusted:
            return self
        if not self._may_guess:
            return self._without_guesses(dataset)
        if not self._doubts(dataset, seed, part(progress, 0.0, 0.1)):
            return replace(self, trusted=True)
        guessed = self._guessed(dataset, True, seed, part(progress, 0.1, 1.0))
        if not guessed["uids"]:
            return self._without_guesses(dataset)
        return replace(self, trusted=True, found={self._source(dataset, seed): guessed})

    def _without_guesses(self, dataset: Dataset) -> FineTuneLearner:
        told = dataset.concat(named(dataset.schema))
        examples = kind_of(dataset.schema).label_counts(told.targets, dataset.schema).values()
        settings = replace(
            self.settings,
            encoder_lr=self.settings.encoder_lr_for(len(told)),
            contrast=self.settings.contrast_for(len(told), sum(count > 0 for count in examples)),
        )
        return replace(self, settings=settings, unlabelled=())

    @property
    def _may_guess(self) -> bool:
        return self.settings.guesses and bool(self.unlabelled)

    def _doubts(self, dataset: Dataset, seed: int, report: Progress) -> bool:
        if self.trusted:
            return False
        return not can_guess(dataset, self.unlabelled, self.encoder, seed, report)

    def _guessed(
        self, dataset: Dataset, doubted: bool, seed: int, report: Progress
    ) -> dict[str, Any]:
        """What a few-shot model says of texts without a label, where it can be believed."""
        steps = min(ENOUGH_TO_GUESS, self.settings.max_steps or ENOUGH_TO_GUESS)
        quick = replace(self.settings, max_steps=steps)
        few_shot = FewShotLearner(self.encoder, quick, self.checkpoint)
        first = few_shot.fit(dataset, seed=seed, progress=part(report, 0.0, 0.8))
        texts, rest = self.unlabelled, part(report, 0.8, 1.0)
        return guessed_of(first, texts, dataset, self.encoder, seed, rest, doubted)

    def _checkpoint(self, dataset: Dataset, seed: int) -> Checkpoint | None:
        """Where the training on these labels is kept, by its own name."""
        if self.checkpoint is None:
            return None
        return replace(self.checkpoint, name=self._source(dataset, seed, self.start))

    def _source(self, dataset: Dataset, seed: int, start: Path | None = None) -> str:
        """Names what is learned from, and how."""
        version = self.encoder.version
        return fingerprint(dataset, self.settings, seed, f"{version} {start}")

    def _fit(
        self, dataset: Dataset, guessed: Dataset | None, seed: int, report: Progress
    ) -> FineTuneModel:
        """One training on the labels, and on what was guessed of other texts."""
        import torch

        told = dataset.concat(named(dataset.schema))
        report(0.0, "Loading the encoder")
        before = FineTuneModel.weights_of(self.start, self.encoder.version) if self.start else None
        network, tokenizer = load_pretrained(before.encoder if before else self.encoder.model)
        kind, settings = kind_of(dataset.schema), self.settings
        limit = settings.length_for(usable_length(network, tokenizer, self.encoder.max_length))
        everything = told.concat(guessed) if guessed is not None else told
        data = Batches.of(everything, tokenizer, limit, settings.batch_size)
        data.worth[len(told) :] = GUESS_WORTH
        importance = _importance(kind.label_counts(told.targets, dataset.schema), settings)

        def training(
            network: Any, data: Batches, before: Weights | None, stop_after: int | None = None
        ) -> Training:
            extra = len(guessed) if guessed is not None else 0
            steps = settings.steps_for(len(data) - extra, data.tokens_a_batch, extra)
            if stop_after is not None:
                steps = min(steps, stop_after * math.ceil(len(data) / settings.batch_size))
            torch.manual_seed(seed)
            adapted = with_adapters(network, settings, steps)
            width, labels = network.config.hidden_size, dataset.schema.labels
            head = _fresh_head(width, importance, before, labels)
            return Training(adapted, head, data, kind, settings, importance, seed, steps)

        stop_after, kept = None, self._checkpoint(everything, seed)
        with torch.random.fork_rng():
            if settings.patience and len(set(dataset.groups())) >= ENOUGH_TO_HOLD_BACK:
                first = replace(kept, name=f"held-{kept.name}") if kept else None
                stop_after = first.recall() if first else None
                if stop_after is None:
                    held = fold_numbers(dataset, HELD_FOLDS, seed) == 0
                    own = np.array(dataset.own())
                    watch = Watch(data.take(own[held[own]]), settings.patience)
                    published, _ = load_pretrained(self.encoder.model)
                    others = np.append(np.flatnonzero(~held), np.arange(len(dataset), len(told)))
                    training(published, data.take(others), None).run(
                        part(report, 0.0, 0.45), watch=watch, checkpoint=first
                    )
                    stop_after = watch.best_epoch
                    if first:
                        first.note(stop_after)
                report = part(report, 0.45, 1.0)
            run = training(network, data, before, stop_after)
            network, head = tracked(run, self.tracking, kept, report)
        return FineTuneModel(
            merged(network, settings),
            tokenizer,
            dataset.schema,
            head.weight.detach().float().cpu().numpy(),
            head.bias.detach().float().cpu().numpy(),
            self.encoder.max_length,
            base=self.encoder.version,
            tokens=self.encoder.tokens,
        )


def _importance(counts: dict[str, int], settings: FineTuneSettings) -> np.ndarray:
    """How much an example of each label counts, float32 [k]: 1, or so that all labels weigh the
    same altogether; 0 without an example."""
    examples = np.array(list(counts.values()), dtype=np.float32)
    if not settings.class_weights:
        return (examples > 0).astype(np.float32)
    share = examples.sum() / (examples > 0).sum()
    return np.divide(share, examples, out=np.zeros_like(examples), where=examples > 0)


def _fresh_head(
    hidden: int, importance: np.ndarray, before: Weights | None, labels: tuple[str, ...]
) -> Any:
    """A linear head on the states; labels without an example are held at a probability of 0.

    A label that the model before knew begins with what it had.
    """
    import torch

    head = torch.nn.Linear(hidden, len(labels))
    unseen = torch.as_tensor(importance == 0)
    with torch.no_grad():
        torch.nn.init.normal_(head.weight, std=0.02)
        head.bias.zero_()
        for place, label in enumerate(labels):
            if before and label in before.rows:
                weights, bias = before.rows[label]
                head.weight[place] = torch.as_tensor(weights)
                head.bias[place] = bias
        head.weight[unseen] = 0.0
        head.bias[unseen] = UNSEEN_LOGIT
    return head
