"""Checks of this machine: the encoder, the accelerator, and parts that are not always needed."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, absent, fine, wrong
from workbench.errors import WorkbenchError
from workbench.fonts import chinese_font

HUB_SECONDS = 5.0
READ = 200
"""So many texts say how much of them the encoder can read."""

NLTK_DATA = (("corpora", "wordnet"), ("taggers", "averaged_perceptron_tagger_eng"))


@check(seconds=90, aside=True)
def model(case: Case) -> Result:
    """The encoder of ``workbench.toml`` can be loaded, and reads the texts of the pool."""
    from activelearn.encoder import NoEncoder, default_model, load_pretrained
    from activelearn.unknown import BLIND, unknown_characters, unknown_shares

    name = case.settings.model.name
    try:
        if name and not Path(name).is_dir():
            source = _on_hub(name)
            if source is not None:
                return source
        network, tokenizer = load_pretrained(name or default_model())
    except NoEncoder as error:
        return wrong(
            "{reason}",
            "correct `model.name` (a folder, or a name on the Hugging Face hub), or leave it empty "
            "for MiniLM",
            reason=str(error),
        )
    size = f"{sum(part.numel() for part in network.parameters()) / 1e6:.1f}"
    name, texts = name or "MiniLM", _some_texts(case)
    shares = unknown_shares(texts, unknown_characters(tokenizer, texts))
    if texts and shares.mean() > BLIND:
        return fine(
            "{name} loads ({size} M parameters)",
            "it cannot read {share} of the characters of this project: a multilingual encoder as "
            "`model.name` would",
            name=name,
            size=size,
            share=f"{shares.mean():.0%}",
        )
    return fine("{name} loads ({size} M parameters)", name=name, size=size)


def _some_texts(case: Case) -> list[str]:
    """Texts drawn from the pool; none where it cannot be read, which other checks tell."""
    try:
        pool = case.project.pool
        drawn = np.random.default_rng(0).permutation(len(pool))[:READ]
        return pool.texts(drawn.tolist())
    except (WorkbenchError, OSError, SQLAlchemyError):
        return []


def _on_hub(name: str) -> Result | None:
    """What is to be said of a name that is no folder; None when its files are here already."""
    import httpx
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        if isinstance(try_to_load_from_cache(name, "config.json"), str):
            return None
    except HFValidationError:
        return wrong(
            "{name} is neither a folder nor a name of the hub",
            "correct `model.name`, or leave it empty for MiniLM",
            name=name,
        )
    try:
        address = f"{constants.ENDPOINT}/api/models/{name}"
        status = httpx.get(address, timeout=HUB_SECONDS).status_code
    except httpx.HTTPError:
        return wrong(
            "{name} is not on this machine, and the Hugging Face hub cannot be reached",
            "give the folder of a downloaded model as `model.name`, or leave it empty for MiniLM",
            name=name,
        )
    if status != 200:
        return wrong(
            "the Hugging Face hub has no model {name} for us (HTTP {status})",
            "correct `model.name`, or leave it empty for MiniLM",
            name=name,
            status=status,
        )
    return fine("{name} is on the hub", "it is downloaded when it is first used", name=name)


@check(seconds=60, aside=True)
def gpu(case: Case) -> Result:
    """Whether there is an accelerator, and whether it calculates in bf16."""
    import torch

    from activelearn.reading import best_device

    kind = best_device().type
    if kind == "cpu":
        return absent("none: training and scoring run on the processor")
    name = torch.cuda.get_device_name() if kind == "cuda" else kind
    if kind == "cuda" and not torch.cuda.is_bf16_supported():
        return fine("{name}", "without bf16: training takes about twice as long", name=name)
    return fine("{name}, with bf16", name=name)


@check()
def wordnet(case: Case) -> Result:
    """NLTK's WordNet and tagger, which nlpaug's SynonymAug and AntonymAug need."""
    lacking = [name for folder, name in NLTK_DATA if not _nltk_has(folder, name)]
    if not lacking:
        return fine("WordNet and the tagger are there")
    return absent(
        "NLTK has no {names}: synonyms come from the workbench's own word lists",
        "`python -m nltk.downloader {names}` gets them",
        names=" ".join(lacking),
    )


def _nltk_has(folder: str, name: str) -> bool:
    """Whether the data are where NLTK looks; NLTK itself takes seconds to import."""
    places = [Path(place) for place in os.environ.get("NLTK_DATA", "").split(os.pathsep) if place]
    places += [Path.home() / "nltk_data"]
    for root in (Path(sys.prefix), Path("/usr"), Path("/usr/local")):
        places += [root / "nltk_data", root / "share/nltk_data", root / "lib/nltk_data"]
    return any(
        (place / folder / name).exists() or (place / folder / f"{name}.zip").exists()
        for place in places
    )


@check()
def peft(case: Case) -> Result:
    """The library behind LoRA."""
    if _installed("peft"):
        return fine("installed")
    if (method := case.settings.finetune.method) != "full":
        return wrong(
            "`finetune.method` is {method}, and peft is not installed",
            "`pip install peft` installs it",
            method=method,
        )
    return absent("not installed: no LoRA", "`pip install peft` installs it")


@check()
def psycopg(case: Case) -> Result:
    """The driver for PostgreSQL."""
    if _installed("psycopg"):
        return fine("installed")
    return absent(
        "not installed: no store on PostgreSQL", "`pip install 'psycopg[binary]'` installs it"
    )


@check()
def jieba(case: Case) -> Result:
    """The library that cuts Chinese into words."""
    if _installed("jieba"):
        return fine("installed")
    if case.settings.project.language == "zh":
        return wrong("not installed, and the project is Chinese", "`pip install jieba` installs it")
    return absent("not installed: no augmentation of Chinese", "`pip install jieba` installs it")


@check(seconds=30, aside=True)
def fonts(case: Case) -> Result:
    """A font for plots with Chinese words."""
    found = chinese_font()
    if found:
        return fine("{name}", name=found)
    return absent("plots show boxes for Chinese words", "install a font: fonts-noto-cjk")


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
