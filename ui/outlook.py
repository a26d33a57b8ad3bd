"""What is to be expected of more labels, in sentences for the shell and for the Rounds page."""

from __future__ import annotations

from math import isfinite

from activelearn.evaluate import Interval
from activelearn.savings import FEWEST
from activelearn.stopping import Verdict
from ui.i18n import text
from workbench.outlook import FEWEST_MEASURED, Forecast, Outlook, Saved


def sentences(found: Outlook, spoken: str) -> list[str]:
    """One sentence for each forecast, for what was saved, and for each stopping criterion; without
    a forecast, what it takes to have one."""
    if found.forecasts is None:
        forecasts = [text(spoken, "outlook.none", n=FEWEST_MEASURED, m=FEWEST)]
    else:
        forecasts = [_forecast(one, spoken) for one in found.forecasts]
    saved = [_saved(found.saved, spoken)] if found.saved else []
    return [
        *forecasts,
        *saved,
        *(_verdict(one, spoken) for one in found.verdicts),
        *([_calibration(found.calibration, spoken)] if found.calibration else []),
    ]


def _forecast(one: Forecast, spoken: str) -> str:
    then = one.then
    shown = {
        "now": one.now, "value": then.value, "low": then.low, "high": then.high
    }  # fmt: skip
    return text(
        spoken, "outlook.forecast", n=one.more,
        **{name: f"{value:.1%}" for name, value in shown.items()},
    )  # fmt: skip


def _saved(saved: Saved, spoken: str) -> str:
    if saved.labels.low <= 0 and not isfinite(saved.labels.high):
        return text(spoken, "outlook.saved_unknown")
    if not isfinite(saved.labels.value):
        return text(spoken, "outlook.saved_all", low=f"{saved.labels.low:,.0f}")
    parts = [text(spoken, "outlook.saved", **_bounds(saved.labels, ",.0f"))]
    if saved.hours:
        parts.append(text(spoken, "outlook.hours", **_bounds(saved.hours, ",.1f")))
    if saved.money:
        amounts = _bounds(saved.money, ",.0f")
        parts.append(text(spoken, "outlook.money", currency=saved.currency, **amounts))
    return text(spoken, "outlook.comma").join(parts)


def _bounds(one: Interval, form: str) -> dict[str, str]:
    high = f"{one.high:{form}}" if isfinite(one.high) else "∞"
    return {"value": f"{one.value:{form}}", "low": f"{one.low:{form}}", "high": high}


def _calibration(found: dict[str, float], spoken: str) -> str:
    errors = {name: f"{found[name]:.1%}" for name in ("before", "after")}
    temperature = f"{found['temperature']:.2f}"
    return text(spoken, "outlook.calibration", temperature=temperature, **errors)


def _verdict(one: Verdict, spoken: str) -> str:
    key = f"outlook.{one.criterion}"
    if one.value is None:
        return text(spoken, f"{key}.unknown")
    form = ".3f" if one.criterion == "stabilised" else ".1%"  # kappa is no share
    said = text(spoken, key, value=f"{one.value:{form}}", limit=f"{one.limit:{form}}")
    return said + text(spoken, "outlook.stop" if one.stop else "outlook.go_on")
