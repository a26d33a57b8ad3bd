"""People who label for a benchmark: by the workbench's endpoints, and in Label Studio's stream."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx

from workbench.deal import link_of
from workbench.labelstudio.results import to_result
from workbench.project import Project

PASSWORD = "a password for the benchmark"
TIMEOUT_S = 20.0
RETRY_S = 0.5
POLL_S, FEWEST = 5.0, 10
"""As in ui/web: how often the page asks by itself, and the stock below which it asks at once."""

Truth = Callable[[str], str]
"""The text of an item to its true label."""


@dataclass
class Diary:
    """What one person saw: everything a benchmark may be judged by.

    ``served``: (round, rank, uid) of each item when it first came up. ``saved``: key of an answer →
    (uid, label) that the workbench or Label Studio confirmed. ``took``: seconds of each
    save-and-next, from the key until the answer is confirmed and the next text is there.
    ``problems``: what went wrong, one line each.
    """

    email: str
    served: list[tuple[int, int, str]] = field(default_factory=list)
    saved: dict[str, tuple[str, str]] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Person(threading.Thread, ABC):
    """Somebody who works until told to stop, with pauses to read."""

    def __init__(self, email: str, truth: Truth, seed: int, think: tuple[float, float]) -> None:
        super().__init__(name=email, daemon=True)
        self.diary = Diary(email)
        self.truth = truth
        self.draw = random.Random(f"{seed}-{email}")
        self.think = think
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            try:
                worked = self.label_one()
                self.rest(self.draw.uniform(*self.think) if worked else RETRY_S)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                self.diary.problems.append(f"{type(error).__name__}: {error}"[:200])
                self.over.wait(RETRY_S)

    def rest(self, seconds: float) -> None:
        """Reads the next text."""
        self.over.wait(seconds)

    @abstractmethod
    def label_one(self) -> bool:
        """Answers what comes next; False when there is nothing or it failed."""

    def stop(self) -> None:
        self.over.set()
        self.join(3 * TIMEOUT_S)


class WebPerson(Person):
    """Works through the endpoints of the annotate page, with an outbox, a stock and polls like its
    own: while a poll is on its way, an answer waits for it.
    """

    def __init__(self, url: str, email: str, truth: Truth, seed: int, think=(1.0, 3.0)) -> None:
        super().__init__(email, truth, seed, think)
        self.browser = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        self.waiting: list[dict] = []
        self.items: list[dict] = []
        self.known: dict[str, dict] = {}
        self.version = ""
        self.seen: set[str] = set()
        self.pressed = self.polled = time.perf_counter()

    def rest(self, seconds: float) -> None:
        self.pressed = time.perf_counter() + seconds
        while (wait := min(self.polled + POLL_S, self.pressed) - time.perf_counter()) > 0:
            if self.over.wait(wait):
                return
            if time.perf_counter() < self.pressed and not self.waiting:
                self._exchange(refresh=True)

    def label_one(self) -> bool:
        self.pressed = min(self.pressed, time.perf_counter())
        if not self.items and not self.waiting:
            self._exchange(refresh=True)
            self.pressed = time.perf_counter()
        if not self.waiting:
            if not self.items:
                return False
            item = self.items.pop(0)
            self._serve(item)
            label = self.truth(item["text"])
            self.waiting.append(
                {"id": str(uuid.uuid4()), "do": "submit", "uid": item["uid"], "target": [label],
                 "seconds": 2.0, "note": ""}
            )  # fmt: skip
        self._exchange()
        if not self.items:
            self._exchange(refresh=True)
        self.diary.took.append(time.perf_counter() - self.pressed)
        if len(self.items) < FEWEST:
            self._exchange(refresh=True)
        return True

    def finish(self) -> None:
        """Sends what still waits; raises when that is not possible."""
        for _ in range(60):
            try:
                return self._exchange()
            except httpx.HTTPError:
                time.sleep(RETRY_S)
        raise TimeoutError(f"{self.diary.email}: {len(self.waiting)} answers could not be sent")

    def _serve(self, item: dict) -> None:
        if item["uid"] not in self.seen:
            self.seen.add(item["uid"])
            self.diary.served.append((item.get("round", 0), item.get("rank", 0), item["uid"]))

    def _exchange(self, refresh: bool = False) -> None:
        sent = list(self.waiting)
        have = {item["uid"]: item["round"] for item in self.items}
        body = {"commands": sent, "have": have, "version": self.version, "refresh": refresh}
        if refresh:
            self.polled = time.perf_counter()
        answer = self.browser.post("/api/annotate/answers", json=body)
        if answer.status_code == 401:
            self._log_in()
            answer = self.browser.post("/api/annotate/answers", json=body)
        answer.raise_for_status()
        state = answer.json()
        done, failed = set(state["done"]), state["failed"]
        for command in sent:
            if command["id"] in failed:
                self.diary.problems.append(f"refused: {failed[command['id']]}")
            elif command["id"] in done:
                self.diary.saved[command["id"]] = (command["uid"], command["target"][0])
        self.waiting = [one for one in self.waiting if one["id"] not in done]
        self.version = state.get("page", {}).get("version", self.version)
        if "queue" in state:
            self.known |= {item["uid"]: item for item in state["items"]}
            answered = {uid for uid, _ in self.diary.saved.values()}
            answered |= {one["uid"] for one in self.waiting}
            self.items = [self.known[uid] for uid in state["queue"] if uid not in answered]

    def _log_in(self) -> None:
        form = {"email": self.diary.email, "password": PASSWORD}
        answer = self.browser.post("/login", data=form)
        if answer.status_code not in (302, 303):
            raise ValueError(f"log-in answered {answer.status_code}")


class StudioPerson(Person):
    """Works in Label Studio: asks for the next task of the own tab, as its deep link does."""

    def __init__(
        self, project: Project, url: str, email: str, truth: Truth, seed: int, think=(1.0, 3.0)
    ) -> None:
        super().__init__(email, truth, seed, think)
        self.token = studio_token(url, project.token, email)
        headers = {"Connection": "close", "Authorization": f"Token {self.token}"}
        self.browser = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S)
        self.project, self.number = project, project.settings.labelstudio.project_id
        self.pending: tuple[int, str, str, str] | None = None

    def label_one(self) -> bool:
        if self.pending is None:
            task = self.next_task()
            if task is None:
                return False
            data = task["data"]
            self.diary.served.append((data.get("round", 0), data.get("rank", 0), data["uid"]))
            label = self.truth(data["text"])
            self.pending = (task["id"], str(uuid.uuid4()), data["uid"], label)
        task_id, key, uid, label = self.pending
        started = time.perf_counter()
        result = to_result(label, self.project.config)
        content = {"result": result, "unique_id": key, "lead_time": 2.0}
        answer = self.browser.post(f"/api/tasks/{task_id}/annotations/", json=content)
        if answer.status_code == 404:
            self.pending = None
            return False
        if answer.status_code != 409:
            answer.raise_for_status()
        self.diary.took.append(time.perf_counter() - started)
        self.diary.saved[key] = (uid, label)
        self.pending = None
        return True

    def next_task(self) -> dict | None:
        """What the stream of the own tab serves."""
        tab = parse_qs(urlsplit(link_of(self.project, self.diary.email)).query).get("tab")
        if not tab:
            return None
        shown = self.browser.get(f"/api/dm/views/{tab[0]}")
        if shown.status_code == 404:
            return None
        view = shown.raise_for_status().json()["data"]
        asked = {"project": self.number, "ordering": view["ordering"], "filters": view["filters"]}
        answer = self.browser.post(
            "/api/dm/actions/", params={"id": "next_task", "project": self.number}, json=asked
        )
        return None if answer.status_code == 404 else answer.raise_for_status().json()


def studio_token(url: str, admin_token: str, email: str) -> str:
    """The legacy token of a Label Studio user, who is made by an invitation where there is none."""
    admin = {"Authorization": f"Token {admin_token}"}
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, follow_redirects=True) as browser:
        users = browser.get("/api/users/", headers=admin).raise_for_status().json()
        invite = browser.get("/api/invite", headers=admin).raise_for_status().json()["invite_url"]
        path = "/user/login/" if email in {user["email"] for user in users} else invite
        form = browser.get(path).text
        key = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form).group(1)
        sent = {"csrfmiddlewaretoken": key, "email": email, "password": PASSWORD}
        browser.post(path, data=sent, headers={"Referer": url + path})
        return browser.get("/api/current-user/token").raise_for_status().json()["token"]
