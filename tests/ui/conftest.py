"""A project in a real Label Studio, its pages in a real web server, and a real browser."""

from __future__ import annotations

import csv
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench import config, people
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.server import ServerInfo
from workbench.project import Project
from workbench.workflows.importing import import_file
from workbench.workflows.round import run_round

EMAIL, PASSWORD = "ann@example.com", "a password for the tests"
WORDS = {
    "delivery": "the parcel has not arrived and the courier shows no date",
    "login": "my password is refused and the account page stays locked",
    "refund": "please send my money back for the order I returned last week",
}
SERVE = (
    "import sys; from pathlib import Path; from ui.web.app import serve;"
    "serve(Path(sys.argv[1]), port=int(sys.argv[2]),"
    " on_ready=lambda url: print(url, flush=True))"
)


LEAVING = ("AbortError", "Connection errored out")
"""What Gradio says when a page is left while it still listens to the server."""


class WebServer:
    """The pages of a project in a process of their own, always on the same port."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.root), str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline().strip() == self.url

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Visitor:
    """Somebody at the browser."""

    email = EMAIL

    def __init__(self, page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message) -> None:
        if message.type == "error" and not any(one in message.text for one in LEAVING):
            self.complaints.append(message.text)

    def log_in(self, password: str = PASSWORD) -> None:
        self.page.goto(self.url)
        self.page.fill("input[name=email]", EMAIL)
        self.page.fill("input[name=password]", password)
        self.page.keyboard.press("Enter")

    def open(self, name: str) -> None:
        self.page.goto(f"{self.url}/{'' if name == 'project' else name}")
        self.page.wait_for_selector(".wb-next")

    def annotate(self) -> None:
        self.page.goto(f"{self.url}/annotate")
        self.page.wait_for_selector(".wb-item[data-uid^=t]")

    @property
    def uid(self) -> str:
        return self.page.locator(".wb-item").get_attribute("data-uid")

    @property
    def suggestion(self) -> str | None:
        shown = self.page.locator(".wb-suggest b")
        return shown.inner_text() if shown.count() else None

    def label(self, *, accept: bool = False) -> tuple[str, str]:
        """Labels the text that is shown, by its key or (if right) by Enter; its uid and label."""
        uid, text = self.uid, self.page.locator(".wb-text").inner_text()
        label = next(one for one, words in WORDS.items() if words.split()[-1] in text.split())
        right = accept and self.suggestion == label
        self.page.keyboard.press("Enter" if right else str(1 + sorted(WORDS).index(label)))
        self.page.wait_for_function(f"document.querySelector('.wb-item').dataset.uid !== '{uid}'")
        return uid, label

    def wait_saved(self) -> None:
        self.page.wait_for_selector(".wb-mark[data-unsaved='0']")


@pytest.fixture(scope="session")
def make_project() -> Callable[[Path, ServerInfo], Project]:
    """Makes a project of 160 texts, 60 labelled, one round done, in a Label Studio."""

    def make(root: Path, server: ServerInfo, batch: int = 60) -> Project:
        draw = random.Random(1)
        Project.create(root, name="Pages test").close()
        config.write(root, {"round": {"learner": "head", "batch": batch}})
        made = Project.open(root)
        people.add(made, EMAIL, role="engineer", password=PASSWORD)
        with open(root / "data.csv", "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["uid", "text", "label"])
            for number in range(160):
                label = draw.choice(list(WORDS))
                *first, last = WORDS[label].split()
                draw.shuffle(first)
                text = f"{' '.join(first)} {last} number {number}"
                rows.writerow([f"t{number}", text, label if number < 60 else ""])
        import_file(made, root / "data.csv")
        client = LabelStudioClient(server.url, server.token)
        number = client.create_project("Pages test", str(made.store.fact("label_config")))
        made.set_labelstudio(server.url, server.token, number)
        run_round(made)
        return made

    return make


@pytest.fixture(scope="session")
def project(
    make_project, label_studio: ServerInfo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Shared by the session: a test labels the items that come next and looks at those only."""
    made = make_project(tmp_path_factory.mktemp("pages") / "project", label_studio)
    yield made
    made.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], WebServer]]:
    """Starts the pages of a project; ended with the session."""
    started: list[WebServer] = []

    def start(root: Path) -> WebServer:
        started.append(WebServer(root))
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def web(serve, project: Project) -> WebServer:
    """The pages of the shared project."""
    return serve(project.root)


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, or Playwright's own where there is none."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser of its own for a visitor: its language, its width, its cookies."""
    opened = []

    def come(server: WebServer, locale: str = "en-US", width: int = 1280) -> Visitor:
        context = chromium.new_context(locale=locale, viewport={"width": width, "height": 844})
        context.set_default_timeout(60_000)
        opened.append(context)
        visitor = Visitor(context.new_page(), server.url)
        visitor.log_in()
        visitor.page.wait_for_selector(".wb-header")
        return visitor

    yield come
    for context in opened:
        context.close()
