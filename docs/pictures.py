"""Makes the pictures of the README: a project labelled over six rounds, its pages printed as SVG.

Run by ``make pictures``; needs Chromium and Poppler's ``pdftocairo``.
"""

from __future__ import annotations

import csv
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.label_studio.website import SERVE
from workbench import config, people
from workbench.annotate import Annotator
from workbench.project import Project
from workbench.workflows.importing import import_file
from workbench.workflows.round import run_round

EMAIL, PASSWORD = "demo@example.com", "a password for pictures"
HEIGHTS = {"annotate": 700, "rounds": 860}
WIDTH = 1200
ROUNDS, BATCH, LABELLED_OF_LAST = 6, 60, 18
IMAGES = Path(__file__).parent / "images"


def make_project(root: Path) -> None:
    """The English sample without its labels, then rounds in which one person gives them."""
    source = Path(str(files("sample_data"))) / "customer_service_en" / "messages.csv"
    with open(source, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = {row["uid"]: row["label"] for row in rows}
    Project.create(root, name="Customer messages").close()
    config.write(root, {"round": {"learner": "head", "batch": BATCH}})
    project = Project.open(root)
    project.set_labels(tuple(sorted(set(labels.values()))))
    people.add(project, EMAIL, role="engineer", password=PASSWORD)
    with open(root / "texts.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerows([("uid", "text"), *((row["uid"], row["text"]) for row in rows)])
    import_file(project, root / "texts.csv")
    person = Annotator(project, EMAIL)
    for number in range(ROUNDS + 1):
        run_round(project)
        for item in person.queue(BATCH if number < ROUNDS else LABELLED_OF_LAST):
            person.submit(item.uid, labels[item.uid], lead_time=3)
    project.close()


def take(page: Page, name: str, folder: Path) -> None:
    """One page as ``docs/images/NAME.svg``: printed as it looks on a screen, vectors throughout."""
    printed = folder / f"{name}.pdf"
    page.pdf(
        path=printed,
        width=f"{WIDTH}px",
        height=f"{HEIGHTS[name]}px",
        print_background=True,
        page_ranges="1",
    )
    subprocess.run(["pdftocairo", "-svg", printed, IMAGES / f"{name}.svg"], check=True)
    print(f"docs/images/{name}.svg")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        make_project(root)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(root), str(port)], stdout=subprocess.PIPE, text=True
        )
        try:
            url = server.stdout.readline().strip()
            with sync_playwright() as play:
                browser = play.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                page = browser.new_page(viewport={"width": WIDTH, "height": 860})
                page.emulate_media(media="screen", color_scheme="light")
                page.goto(url)
                page.fill("input[name=email]", EMAIL)
                page.fill("input[name=password]", PASSWORD)
                page.keyboard.press("Enter")
                page.wait_for_selector(".wb-next")
                for name in HEIGHTS:
                    page.goto(f"{url}/{name}")
                    page.wait_for_selector(".wb-next")
                    page.wait_for_timeout(4000)
                    take(page, name, Path(folder))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
