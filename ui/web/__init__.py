"""The Gradio web UI: one module a page."""
