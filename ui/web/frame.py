"""The frame around every page: theme, header, and what must be known before the first paint."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.requests import Request

from ui import i18n
from ui.web.guide import ANNOTATOR_PAGES, PAGES, address
from ui.web.site import MEMBER

HERE = Path(__file__).parent
T = gr.I18n(**i18n.translations(), **{"zh-CN": i18n.translations()["zh"]})
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans CJK SC", "Noto Sans", "sans-serif")
_OUTER = (HERE / "outer.css").read_text("utf-8")


def theme() -> gr.themes.Base:
    """Teal on quiet grey, with the fonts of the reader's machine."""
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=FONTS,
        font_mono=("ui-monospace", "monospace"),
    ).set(
        body_background_fill="#f6f7f8",
        body_background_fill_dark="#0f172a",
        body_text_color_subdued="#5b6472",
        body_text_color_subdued_dark="#9ca3af",
        block_shadow="none",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_hover="#0d655e",
        button_primary_background_fill_dark="#0f766e",
        button_primary_background_fill_hover_dark="#0d655e",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="#e8f3f1",
        button_secondary_border_color="#d5dbe0",
        button_border_width="1px",
        input_background_fill="white",
        input_border_width="1px",
        input_border_color="#d5dbe0",
        block_border_width="0px",
        block_padding="0",
    )


def css() -> str:
    return (HERE / "style.css").read_text("utf-8")


def header(page: str) -> None:
    """Brand, pages, language switch and log-out; then what the page is for."""
    gr.Navbar(visible=False)
    links = "".join(
        f'<a href="{address(name)}"{" aria-current=page" if name == page else ""}'
        f"{'' if name in ANNOTATOR_PAGES else ' data-wb-staff'}>"
        f"{both(f'nav.{name}')}</a>"
        for name in PAGES
    )
    theme = (
        f'<button type="button" class="wb-theme" aria-label="{i18n.text("en", "theme")}">'
        '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path fill='
        '"currentColor" d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 2v14a7 7 0 0 1 0-14Z"/></svg>'
        "</button>"
    )
    switch = theme + "".join(
        f'<button type="button" data-wb-language="{code}">{name}</button>'
        for code, name in (("en", "EN"), ("zh", "中文"))
    )
    gr.HTML(
        f'<header class="wb-header"><a class="wb-brand" href="/">Label Workbench</a>'
        f'<nav>{links}</nav><div class="wb-switch">{switch}'
        f'<a href="/account">{both("nav.account")}</a>'
        f'<a href="/logout">{both("nav.logout")}</a></div></header>'
        f'<h1 class="wb-purpose">{both(f"purpose.{page}")}</h1>',
        js_on_load=_SWITCH,
        elem_classes="wb-frame",
    )


THEMES = ("dark", "light")
THEME_COOKIE = "workbench_theme"
_SWITCH = f"""
element.querySelectorAll('[data-wb-language]').forEach((button) => {{
  button.onclick = () => {{
    document.cookie = '{i18n.COOKIE}=' + button.dataset.wbLanguage
      + ';path=/;max-age=31536000;samesite=lax';
    location.reload();
  }};
}});
element.querySelector(".wb-theme").onclick = () => {{
  const wanted = document.body.classList.contains('dark') ? 'light' : 'dark';
  const usual = wanted === window.workbenchSystemTheme;
  document.cookie = '{THEME_COOKIE}=' + wanted + ';path=/;samesite=lax;max-age='
    + (usual ? 0 : 31536000);
  location.reload();
}};
"""


def both(key: str) -> str:
    """The words in each language; the style sheet shows the reader's."""
    return "".join(
        f'<span class="wb-{code}" lang="{code}">{escape(i18n.text(code, key))}</span>'
        for code in i18n.LANGUAGES
    )


Scope, Receive, Send = dict[str, Any], Callable[[], Awaitable[dict]], Callable[[dict], Awaitable]


class FirstPaint:
    """Tells the browser side language and theme before it draws: a page never changes under it.

    Gradio takes the language from ``navigator.language`` only, and dark or light from the address
    or from what the system prefers; the switches' cookies go there.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "POST"):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        code = i18n.choose_language(request.cookies, request.headers)
        held: dict | None = None
        parts: list[bytes] = []

        async def pass_on(message: dict) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                kinds = [value for name, value in message["headers"] if name == b"content-type"]
                if not kinds or not kinds[0].startswith(b"text/html"):
                    await send(message)
                else:
                    held = message
            elif held is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    role = scope[MEMBER].role if MEMBER in scope else ""
                    script = self._script(code, request.cookies.get(THEME_COOKIE, ""), role)
                    body = b"".join(parts).replace(b"<head>", b"<head>" + script.encode(), 1)
                    kept = [pair for pair in held["headers"] if pair[0] != b"content-length"]
                    kept.append((b"content-length", str(len(body)).encode()))
                    await send({**held, "headers": kept})
                    await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, pass_on)

    @staticmethod
    def _script(code: str, theme: str, role: str) -> str:
        named = json.dumps({"en": "en", "zh": "zh-CN"}[code])
        theme = theme if theme in THEMES else ""
        facts = json.dumps({"wbLanguage": code, "wbRole": role, "wbTheme": theme})
        return (
            "<script>for(const[k,v]of Object.entries({language:"
            f"{named},languages:[{named}]}}))Object.defineProperty(navigator,k,{{get:()=>v}});"
            f"Object.assign(document.documentElement.dataset,{facts});{_THEME}</script>"
            f"<style>{_OUTER}</style>"
        )


_THEME = """
(() => {
  const asked = window.matchMedia.bind(window), scheme = /prefers-color-scheme:\\s*(dark|light)/;
  const chosen = document.documentElement.dataset.wbTheme;
  window.workbenchSystemTheme = asked('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.style.colorScheme = chosen || 'light dark';
  if (chosen) window.matchMedia = (query) => {
    const wanted = scheme.exec(query);
    if (!wanted) return asked(query);
    const list = new EventTarget();
    return Object.assign(list, { matches: wanted[1] === chosen, media: query, onchange: null });
  };
})();
"""
