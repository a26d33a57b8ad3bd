"""Run by small-text's own interpreter: its active learning loop, the curve of a strategy and seed.

Settings "its own": 10 epochs, learning rate 2e-5, as its examples have them. "our": the epochs for
each number of labels and the learning rate of our fine-tune, and as there no early end. Texts are
cut where ours are. The start is random and balanced, as small-text offers it.

small-text pads all texts to the longest of all. The columns in which a whole batch is padding are
cut off: the model does not look at them, and a curve takes a fraction of the time. (Contrastive
keeps them: its vectors are means over all columns.)
"""

import json
import sys

import numpy as np
import torch
from small_text import (
    BreakingTies,
    ContrastiveActiveLearning,
    LeastConfidence,
    PoolBasedActiveLearner,
    TransformerBasedClassificationFactory,
    TransformerModelArguments,
    TransformersDataset,
    random_initialization_balanced,
)
from small_text.integrations.transformers.classifiers import classification
from transformers import AutoTokenizer

STRATEGIES = {
    "breaking_ties": BreakingTies,
    "least_confidence": LeastConfidence,
    "contrastive": ContrastiveActiveLearning,
}
SETTINGS = {
    "its own": {"num_epochs": 10, "lr": 2e-5, "mini_batch_size": 12},
    "our": {"lr": 2e-4, "mini_batch_size": 16},
}

FIT = {"its own": {}, "our": {"early_stopping": "none", "model_selection": "none"}}

asked = json.load(sys.stdin)
labels = sorted({label for _, label in asked["train"]})
number = {label: place for place, label in enumerate(labels)}
tokenizer = AutoTokenizer.from_pretrained(asked["model"])


def dataset(rows):
    return TransformersDataset.from_arrays(
        [text for text, _ in rows],
        np.array([number[label] for _, label in rows]),
        tokenizer,
        target_labels=np.arange(len(labels)),
        max_length=asked["max_length"],
    )


def without_padding(batch, collate=classification.transformers_collate_fn, **options):
    text, mask, *others = collate(batch, **options)
    longest = int(mask.sum(dim=1).max())
    return text[:, :longest], mask[:, :longest], *others


def tell_epochs(factory, step):
    if asked["settings"] == "our":
        factory.kwargs["num_epochs"] = asked["epochs"][step - 1]


train, test = dataset(asked["train"]), dataset(asked["test"])
truth = np.array([number[label] for _, label in asked["test"]])
seed, name = asked["seed"], asked["strategy"]
if name != "contrastive":
    classification.transformers_collate_fn = without_padding
np.random.seed(seed)
torch.manual_seed(seed)
factory = TransformerBasedClassificationFactory(
    TransformerModelArguments(asked["model"]), len(labels),
    kwargs=dict(SETTINGS[asked["settings"]]),
)  # fmt: skip
learner = PoolBasedActiveLearner(
    factory, STRATEGIES[name](), train, fit_kwargs=FIT[asked["settings"]]
)
tell_epochs(factory, 1)
first = random_initialization_balanced(train.y, asked["batch"])
learner.initialize_data(first, train.y[first])
points = []
for step in range(asked["rounds"]):
    predicted = learner.classifier.predict(test)
    known = asked["batch"] * (step + 1)
    points.append([known, float((predicted == truth).mean())])
    print(name, seed, points[-1], file=sys.stderr, flush=True)
    if step + 1 < asked["rounds"]:
        picked = learner.query(num_samples=asked["batch"])
        tell_epochs(factory, step + 2)
        learner.update(train.y[picked])
print(json.dumps({"curves": [{"strategy": name, "seed": seed, "points": points}]}))
