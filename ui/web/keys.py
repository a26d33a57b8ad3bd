"""Hot keys for the buttons of a page."""

from __future__ import annotations

import json

import gradio as gr


def hot_keys(buttons: dict[str, str]) -> None:
    """Makes each key of ``buttons`` (key → element id) press its button, except while typing."""
    gr.HTML(
        value=None,
        html_template="",
        js_on_load=f"""
const buttons = {json.dumps(buttons)};
document.addEventListener('keydown', (event) => {{
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.target.closest('input, textarea, select, [contenteditable="true"]')) return;
  const button = document.getElementById(buttons[event.key.toLowerCase()]);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}});
""",
        elem_classes="wb-frame",
    )
