"""Looking for texts in the whole pool by their words."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from activelearn.data import Target
from workbench import items
from workbench.project import Project
from workbench.tables import Item

MOST = 50
BEFORE, LONGEST = 40, 240


@dataclass(frozen=True)
class Hit:
    """A text with the words in it; ``excerpt`` shows the first of them.

    ``said`` is who answered what (None: skipped) as far as the asker may know; ``others`` counts
    the other people's answers.
    """

    uid: str
    excerpt: str
    holdout: bool
    said: list[tuple[str, Target | None]]
    others: int


def search(project: Project, words: str, email: str, *, everybody: bool) -> list[Hit]:
    """The first `MOST` texts that contain all the words (parts of words count, any case).

    ``everybody``: with all the answers there are. Otherwise only those of ``email``, so that people
    who are asked the same never see each other's answers.
    """
    wanted = words.split()
    rows = project.pool.find(wanted, MOST) if wanted else []
    with project.store.session() as session:
        found = {item.row: item for item in session.scalars(select(Item).where(Item.row.in_(rows)))}
    rows = [row for row in rows if row in found]
    answers = items.annotations_by_uid(project, [found[row].uid for row in rows])
    hits = []
    for row, text in zip(rows, project.pool.texts(rows), strict=True):
        item = found[row]
        last = items.latest(answers.get(item.uid, []))
        mine = [one for one in last if everybody or one.annotator == email]
        said = [(one.annotator, items.as_target(project, one.target)) for one in mine]
        excerpt = _excerpt(text, wanted[0])
        hits.append(Hit(item.uid, excerpt, item.holdout, said, len(last) - len(mine)))
    return hits


def _excerpt(text: str, word: str) -> str:
    place = max(0, text.lower().find(word.lower()))
    start = place - BEFORE if place > BEFORE + LONGEST // 4 else 0
    shown = text[start : start + LONGEST].strip()
    return f"{'…' if start else ''}{shown}{'…' if start + LONGEST < len(text) else ''}"
