"""Hand-written texts and one real encoder for the tests of the learners."""

from __future__ import annotations

import pytest

from activelearn.data import Dataset, LabelSchema
from activelearn.encoder import Encoder

SCHEMA = LabelSchema("single", ("delivery", "refund", "login"))
TEXTS = {
    "delivery": [
        "My parcel still has not arrived",
        "Where is the package I ordered last week?",
        "The courier left the box at the wrong house",
        "Tracking says delivered but nothing is here",
        "How long does shipping take to Norway?",
        "The delivery van never showed up today",
        "Can you send the parcel to my office instead",
        "My order is stuck in the depot",
    ],
    "refund": [
        "I want my money back",
        "Please refund the second charge",
        "When will the refund reach my account?",
        "You billed me twice, give it back",
        "I returned the shoes, where is my money",
        "Refund me for the broken lamp",
        "The refund is smaller than what I paid",
        "I was promised a reimbursement last Friday",
    ],
    "login": [
        "I forgot my password",
        "The app does not let me sign in",
        "My account is locked after three attempts",
        "Reset code never comes to my phone",
        "Cannot log in since the update",
        "Says wrong password but it is right",
        "How do I change my user name",
        "Two factor code is rejected at sign in",
    ],
}


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def messages() -> Dataset:
    rows = [(text, label) for label, texts in TEXTS.items() for text in texts]
    return Dataset(
        uids=[f"m{i}" for i in range(len(rows))],
        texts=[text for text, _ in rows],
        targets=[label for _, label in rows],
        schema=SCHEMA,
    )
