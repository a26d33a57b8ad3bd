"""How fast a pool is scored, beside what people use now."""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.active_learning import rivals
from benchmarks.report import Options, Skipped, say

TEXTS, TURNS = 2_000, 5
TRAINED = 616
"""Labels of the model: eight a class, from which `auto` takes the fine-tune."""

OVER_PIPELINE, OVER_SMALL_TEXT = 8.0, 10.0


def scoring(options: Options) -> dict:
    """Texts a second of a fine-tuned MiniLM on BANKING77: the transformers pipeline in batches of
    32 and ours in turns, the median of five, then small-text from an environment of its own. Of
    the whole pool's classes the share that is as in fp32.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/train.csv in it")
    with open(options.data / "banking77" / "train.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    random.Random(options.seed).shuffle(rows)  # the file has one label after the other
    texts = [row["text"] for row in rows[:TEXTS]]
    found: dict[str, dict] = {}
    with tempfile.TemporaryDirectory(prefix="bench-scoring-") as temporary:
        folder = Path(temporary)
        model = _trained(rows[-TRAINED:])
        model.save(folder / "model")
        say("pipeline and ours, in turns")
        pipeline = _pipeline(folder / "model")
        model.predict_proba([row["text"] for row in rows])  # compares the precisions
        turns = [
            (_timed(pipeline, texts), _timed(model.predict_proba, texts)) for _ in range(TURNS)
        ]
        found["pipeline"], found["ours"] = (
            {"texts_s": median(rates), "turns": rates} for rates in zip(*turns, strict=True)
        )
        found["ours"] |= _precision(model, [row["text"] for row in rows])
        say("small-text")
        found["small-text"] = _small_text(options, texts, rows[-TRAINED:])
    ours = found["ours"]["texts_s"]
    over = {name: ours / one["texts_s"] for name, one in found.items() if "texts_s" in one}
    table = [
        {
            "what": name,
            "texts/s": f"{one['texts_s']:,.0f}" if "texts_s" in one else one["skipped"],
            "ours is": f"{over[name]:.1f} ×" if name in over and name != "ours" else "",
            "classes as in fp32": f"{one['same_classes']:.1%}" if "same_classes" in one else "",
        }
        for name, one in found.items()
    ]
    ok = (
        over["pipeline"] >= OVER_PIPELINE
        and over.get("small-text", OVER_SMALL_TEXT) >= OVER_SMALL_TEXT
    )
    return {"rows": table, "ok": ok, "found": found, "over": over}


def _trained(rows: Sequence[dict]):
    from activelearn.data import Dataset, LabelSchema
    from activelearn.encoder import Encoder
    from activelearn.finetune import FineTuneLearner, FineTuneSettings

    labels = sorted({row["label"] for row in rows})
    data = Dataset(
        [str(place) for place in range(len(rows))],
        [row["text"] for row in rows],
        [row["label"] for row in rows],
        LabelSchema("single", tuple(labels)),
    )
    return FineTuneLearner(Encoder(), FineTuneSettings()).fit(data, seed=0)


def _pipeline(folder: Path):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    from transformers.utils import logging

    logging.set_verbosity_error()
    path = folder / "encoder"
    network = AutoModelForSequenceClassification.from_pretrained(path, num_labels=77)
    reader = pipeline(
        "text-classification", model=network, tokenizer=AutoTokenizer.from_pretrained(path)
    )

    def read(texts: Sequence[str]) -> None:
        reader(list(texts), batch_size=32, truncation=True, top_k=None)

    return read


def _timed(read, texts: Sequence[str]) -> float:
    read(texts[:64])
    started = time.perf_counter()
    read(texts)
    return len(texts) / (time.perf_counter() - started)


def _precision(model, texts: Sequence[str]) -> dict:
    """What the probe found, measured once more, and the share of equal classes over all texts."""
    from activelearn.models import FineTuneModel
    from activelearn.precision import probe

    found, _ = probe(model.network, model._read, texts, model._told)
    exact = FineTuneModel(
        model.network, model.tokenizer, model.schema, model.weights, model.biases, model.max_length
    )
    exact._fast = model.network
    same = model.predict_proba(texts).argmax(axis=1) == exact.predict_proba(texts).argmax(axis=1)
    return {"probe": vars(found), "same_classes": float(same.mean())}


def _small_text(options: Options, texts: Sequence[str], rows: Sequence[dict]) -> dict:
    from activelearn.encoder import default_model

    python = rivals.python("small-text", options.rivals)
    if python is None:
        return {"skipped": "its environment could not be made"}
    labels = sorted({row["label"] for row in rows})
    asked = {
        "model": default_model(),
        "texts": list(texts),
        "known": [row["text"] for row in rows],
        "labels": [labels.index(row["label"]) for row in rows],
        "classes": len(labels),
        "max_length": rivals.longest(texts),
    }
    return rivals.ask(python, "small_text_scoring.py", asked) | {"rival": rivals.versions(python)}
