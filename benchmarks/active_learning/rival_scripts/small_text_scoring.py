"""Run by small-text's own interpreter: texts a second of its transformer classification."""

import json
import sys
import time

import numpy as np
from small_text import (
    TransformerBasedClassificationFactory,
    TransformerModelArguments,
    TransformersDataset,
)
from transformers import AutoTokenizer

asked = json.load(sys.stdin)
tokenizer = AutoTokenizer.from_pretrained(asked["model"])
classes = np.arange(asked["classes"])
known = TransformersDataset.from_arrays(
    asked["known"],
    np.array(asked["labels"]),
    tokenizer,
    target_labels=classes,
    max_length=asked["max_length"],
)  # fmt: skip
blank = np.zeros(len(asked["texts"]), dtype=int)
pool = TransformersDataset.from_arrays(
    asked["texts"], blank, tokenizer, target_labels=classes, max_length=asked["max_length"]
)
factory = TransformerBasedClassificationFactory(
    TransformerModelArguments(asked["model"]), asked["classes"], kwargs={"num_epochs": 1}
)
model = factory.new()
model.fit(known)
started = time.perf_counter()
model.predict_proba(pool)
print(json.dumps({"texts_s": len(asked["texts"]) / (time.perf_counter() - started)}))
