"""Run by SetFit's own interpreter: few-shot contrastive training on each of some sets of labels.

One epoch over 20 pairs a text, as its documentation has it for few labels; the encoder is ours.
"""

import json
import sys
import tempfile
import time

import numpy as np
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments

asked = json.load(sys.stdin)
labels = sorted({label for _, label in asked["train"]})
number = {label: place for place, label in enumerate(labels)}
texts = [text for text, _ in asked["test"]]
truth = np.array([number[label] for _, label in asked["test"]])
seed = asked["seed"]
points, seconds = [], []
for chosen in asked["sets"]:
    started = time.monotonic()
    known = [asked["train"][place] for place in chosen]
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
    seconds.append(time.monotonic() - started)
    print("random", seed, points[-1], file=sys.stderr)
curve = {"strategy": "random", "seed": seed, "points": points, "seconds": seconds}
print(json.dumps({"curves": [curve]}))
