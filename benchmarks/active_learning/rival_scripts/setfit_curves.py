"""Run by SetFit's own interpreter: few-shot contrastive training on random labels, per budget.

One epoch over 20 pairs a text, as its documentation has it for few labels; the encoder is ours.
"""

import json
import sys
import tempfile

import numpy as np
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments

asked = json.load(sys.stdin)
labels = sorted({label for _, label in asked["train"]})
number = {label: place for place, label in enumerate(labels)}
texts = [text for text, _ in asked["test"]]
truth = np.array([number[label] for _, label in asked["test"]])
seed = asked["seed"]
order = np.random.default_rng(seed).permutation(len(asked["train"]))
points = []
for step in range(asked["rounds"]):
    known = [asked["train"][place] for place in order[: asked["batch"] * (step + 1)]]
    data = Dataset.from_dict(
        {"text": [text for text, _ in known], "label": [number[label] for _, label in known]}
    )
    model = SetFitModel.from_pretrained(asked["model"])
    arguments = TrainingArguments(
        num_epochs=1, num_iterations=20, batch_size=16, seed=seed, report_to="none",
        output_dir=tempfile.mkdtemp(), save_strategy="no",
    )  # fmt: skip
    Trainer(model=model, args=arguments, train_dataset=data).train()
    points.append([len(known), float((np.asarray(model.predict(texts)) == truth).mean())])
    print("random", seed, points[-1], file=sys.stderr)
print(json.dumps({"curves": [{"strategy": "random", "seed": seed, "points": points}]}))
