"""What the client says, and does not do twice, when the way to the real Label Studio misbehaves."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from uuid import uuid4

import jwt
import pytest

from activelearn.data import LabelSchema
from tests.workbench.labelstudio.gateway import Gateway, gateway
from workbench.errors import LabelStudioError, LabelStudioUnreachable
from workbench.labelstudio import connection
from workbench.labelstudio.client import LabelStudioClient, Prediction
from workbench.labelstudio.connection import ATTEMPTS, Connection, back_off
from workbench.labelstudio.labelconfig import build, parse
from workbench.labelstudio.results import to_result
from workbench.labelstudio.server import ServerInfo

CONFIG = parse(build(LabelSchema("single", ("good", "bad"))))
GOOD = to_result("good", CONFIG)


@pytest.fixture
def between(label_studio: ServerInfo) -> Iterator[Gateway]:
    with gateway(label_studio.url) as server:
        yield server


@pytest.fixture
def client(between: Gateway, label_studio: ServerInfo) -> LabelStudioClient:
    """A client that goes through the gateway."""
    return LabelStudioClient(between.url, label_studio.token)


@pytest.fixture
def raw(label_studio: ServerInfo) -> Connection:
    return Connection(label_studio.url, label_studio.token)


@pytest.fixture
def number(ls_client: LabelStudioClient) -> int:
    return ls_client.create_project("connection test", CONFIG.xml)


@pytest.fixture(scope="module")
def pat(label_studio: ServerInfo) -> str:
    """A personal access token; a user has one at a time."""
    raw = Connection(label_studio.url, label_studio.token)
    for old in raw.read("api/token/"):
        raw.call("POST", "api/token/blacklist/", json={"refresh": old["token"]})
    return raw.call("POST", "api/token/")["token"]


def rows(count: int) -> list[dict]:
    return [{"uid": f"u{n}", "text": f"text {n}"} for n in range(count)]


def test_label_studio_under_a_path(label_studio: ServerInfo, pat: str) -> None:
    with gateway(label_studio.url, "/studio") as under:
        for token in (label_studio.token, pat):
            for url in (under.url, f"{under.url}/"):
                assert LabelStudioClient(url, token).whoami().email == label_studio.email
        without = under.url.removesuffix("/studio")
        for token in (label_studio.token, pat):
            with pytest.raises(LabelStudioError, match=r"check the address \(and its path"):
                LabelStudioClient(without, token).whoami()


def test_each_wrong_token_has_its_own_line(label_studio: ServerInfo, pat: str) -> None:
    claims = jwt.decode(pat, options={"verify_signature": False})
    other = jwt.encode(claims, "another server's key" * 3, algorithm="HS256")
    expired = jwt.encode({**claims, "exp": 1}, "another server's key" * 3, algorithm="HS256")
    raw = Connection(label_studio.url, label_studio.token)
    access = raw.call("POST", "api/token/refresh/", json={"refresh": pat})["access"]
    for token, said in (
        (other, "signed with another key"),
        (expired, "has expired"),
        (access, "is an access token"),
        ("f" * 40, "copy it again"),
    ):
        with pytest.raises(LabelStudioError, match=said) as error:
            LabelStudioClient(label_studio.url, token).whoami()
        assert error.value.status == 401 and token not in str(error.value)
        assert not isinstance(error.value, LabelStudioUnreachable)
    raw.call("POST", "api/token/blacklist/", json={"refresh": pat})
    with pytest.raises(LabelStudioError, match="was revoked"):
        LabelStudioClient(label_studio.url, pat).whoami()


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("page", LabelStudioError, "does not answer like Label Studio"),
        (404, LabelStudioError, "with a page"),
        (500, LabelStudioUnreachable, "failed by itself .HTTP 500.: its log"),
        (503, LabelStudioUnreachable, "not ready"),
        ("cut", LabelStudioUnreachable, "does not answer"),
    ],
)
@pytest.mark.parametrize("personal", [False, True])
def test_every_bad_answer_is_our_error(
    between: Gateway, label_studio: ServerInfo, fault, kind, said: str, personal: bool
) -> None:
    token = label_studio.token
    if personal:
        claims = {"token_type": "refresh", "exp": 8102747295, "jti": "0", "user_id": "1"}
        token = jwt.encode(claims, "k" * 40, algorithm="HS256")
    between.fault = fault
    with pytest.raises(LabelStudioError, match=said) as error:
        Connection(between.url, token).call("GET", "api/current-user/whoami")
    assert type(error.value) is kind and len(between.seen) == 1, "nothing is repeated blindly"


@pytest.mark.parametrize("fault", [500, 502, "cut"])
def test_a_short_fault_is_outlived(between: Gateway, client: LabelStudioClient, fault) -> None:
    between.fault, between.faults_left = fault, 2
    assert client.version().startswith("1.")
    assert len(between.seen) == 3


def test_attempts_and_their_time_are_bounded(
    between: Gateway, client: LabelStudioClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    between.fault = 500
    with pytest.raises(LabelStudioUnreachable):
        client.version()
    assert len(between.seen) == ATTEMPTS
    monkeypatch.setattr(connection, "DEADLINE_S", 0.0)
    with pytest.raises(LabelStudioUnreachable):
        client.version()
    assert len(between.seen) == ATTEMPTS + 1


def test_back_off_doubles_up_to_its_bound_with_jitter() -> None:
    waits = [[back_off(attempt, 1.0, 60.0) for _ in range(200)] for attempt in range(10)]
    for attempt, drawn in enumerate(waits):
        middle = min(60.0, 2.0**attempt)
        assert 0.5 * middle <= min(drawn) < 0.7 * middle and max(drawn) > 1.3 * middle
        assert max(drawn) <= 1.5 * middle
    assert back_off(10_000) <= 90


def test_a_server_that_accepts_and_says_nothing(label_studio: ServerInfo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(LabelStudioUnreachable, match="timed out"):
            Connection(url, label_studio.token).call("GET", "api/version", timeout=0.5)
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("fault", ["cut", 500])
@pytest.mark.parametrize("after", [1, 2])
def test_tasks_and_predictions_arrive_once_whatever_the_answer(
    between: Gateway, client: LabelStudioClient, raw: Connection, number: int, fault, after: int
) -> None:
    between.fault, between.spared, between.faults_left = fault, after, 1
    ids = client.import_tasks(number, rows(30))
    assert between.faults_left == 0
    assert len(ids) == 30 == client.task_count(number)
    client.project(number)
    between.spared, between.faults_left = after, 1
    predictions = [Prediction(task, GOOD, 0.5, "r1") for task in ids.values()]
    client.import_predictions(number, predictions)
    assert between.faults_left == 0
    assert len(raw.read("api/predictions/", params={"project": number})) == 30


def test_an_answer_whose_arrival_was_not_heard_of_is_stored_once(
    between: Gateway, client: LabelStudioClient, ls_client: LabelStudioClient, number: int
) -> None:
    task = client.import_tasks(number, rows(1))["u0"]
    client.project(number)
    key = str(uuid4())
    between.fault, between.faults_left = "cut", 1
    made = client.submit_annotation(task, GOOD, unique_id=key)
    posts = [line for line in between.seen if line.startswith("POST") and "annotations" in line]
    assert len(posts) == 2, "the second was answered 409"
    (pulled,) = ls_client.pull(number, None).tasks
    assert [(one.id, one.unique_id) for one in pulled.annotations] == [(made, key)]
