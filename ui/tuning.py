"""What a search for fine-tune settings found, in a sentence."""

from __future__ import annotations

from ui.i18n import text


def line(found: dict, spoken: str) -> str:
    """The best settings, how they did beside those in use, and whether to use them."""
    value, low, high = (f"{100 * part:+.1f}" for part in found["difference"])
    settings = ", ".join(f"{name} {_short(given)}" for name, given in found["settings"].items())
    measured = text(
        spoken, "tune.measured", settings=settings, trials=found["trials"], items=found["items"],
        accuracy=f"{found['accuracy']:.1%}", before=f"{found['before']:.1%}",
        value=value, low=low, high=high,
    )  # fmt: skip
    return measured + text(spoken, "tune.use" if found["use"] else "tune.keep")


def _short(given: float) -> str:
    return f"{given:.2g}" if isinstance(given, float) else str(given)
