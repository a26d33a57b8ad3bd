"""What the Annotate page looks up: texts by their words, near-identical ones, the guideline."""

from __future__ import annotations

import threading
from functools import lru_cache

from fastapi import Request

from ui.web.annotate import names, scope_of, shown_item
from ui.web.site import Site, member, person
from workbench import guideline
from workbench.annotate import Annotator
from workbench.people import STAFF
from workbench.search import search
from workbench.siblings import Siblings

LONGEST_SEARCH = 200


class Lookups:
    """The answers to the page's questions, ready to be sent."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._siblings = Siblings(site.project)

    def item(self, uid: str, request: Request) -> dict:
        """One text to label or to label again."""
        return shown_item(Annotator(self.site.project, person(request)).open(uid), None)

    def search(self, words: str, request: Request) -> list[dict]:
        """The texts with these words; staff also see who said what of them."""
        who = member(request)
        words = words[:LONGEST_SEARCH]
        hits = search(self.site.project, words, who.email, everybody=who.role in STAFF)
        return [
            {
                "uid": hit.uid,
                "text": hit.excerpt,
                "holdout": hit.holdout,
                "said": [["" if by == who.email else by, names(target)] for by, target in hit.said],
                "others": hit.others,
            }
            for hit in hits
        ]

    def siblings(self, uid: str, request: Request) -> list[dict]:
        """The texts nearly the same as that of ``uid``; none while fingerprints are missing."""
        if self._siblings.behind():
            threading.Thread(target=self._siblings.refresh, daemon=True).start()
        found = self._siblings.of(uid, person(request))
        return [{"uid": one.uid, "text": one.text, "alike": one.similarity} for one in found]

    def guideline(self) -> str:
        """The guideline as HTML that can do nothing but be read."""
        return rendered(guideline.read(self.site.project))

    def release(self, scope: str, request: Request) -> None:
        """A page was left: others may get what was on it, unless it was another person's page."""
        annotator = Annotator(self.site.project, person(request))
        if scope in ("", scope_of(self.site.project.root, annotator.email)):
            annotator.release()


@lru_cache(maxsize=4)
def rendered(markdown: str) -> str:
    """Markdown as HTML: HTML in it is shown as text, links open elsewhere, scripts have no way in.

    What a link may start with is decided by markdown-it's ``validateLink``.
    """
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

    def link(self: RendererHTML, tokens: list[Token], index: int, options: dict, env: dict) -> str:
        tokens[index].attrSet("target", "_blank")
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        return self.renderToken(tokens, index, options, env)

    def image(self: RendererHTML, tokens: list[Token], index: int, options: dict, env: dict) -> str:
        tokens[index].attrSet("loading", "lazy")
        tokens[index].attrSet("referrerpolicy", "no-referrer")
        return RendererHTML.image(self, tokens, index, options, env)

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("link_open", link)
    parser.add_render_rule("image", image)
    return parser.render(markdown)
