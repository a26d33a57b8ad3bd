"""What is to be expected of more labels, in sentences for the shell and for the Rounds page."""

from __future__ import annotations

from math import isfinite

from activelearn.evaluate import Interval
from activelearn.savings import FEWEST
from activelearn.stopping import Verdict
from ui.i18n import text
from workbench.outlook import FEWEST_MEASURED, Forecast, Outlook, Saved

WHOLE = 10
"""From so much on money is told without cents."""


def sentences(found: Outlook, spoken: str) -> list[str]:
    """One sentence for each forecast, for what was saved, and for each stopping criterion; without
    a forecast, what it takes to have one."""
    if found.forecasts is None:
        forecasts = [_none(found.holdout, spoken)]
    else:
        forecasts = [_forecast(one, spoken) for one in found.forecasts]
    saved = [_saved(found.saved, spoken)] if found.saved else []
    return [
        *forecasts,
        *saved,
        *(_verdict(one, spoken) for one in found.verdicts),
        *([_calibration(found.calibration, spoken)] if found.calibration else []),
    ]


def _none(holdout: int | None, spoken: str) -> str:
    """What it takes to have a forecast."""
    if holdout is not None and holdout < FEWEST_MEASURED:
        return text(spoken, "outlook.no_holdout", n=FEWEST_MEASURED)
    said = text(spoken, "outlook.none", n=FEWEST_MEASURED)
    if holdout is not None and holdout < FEWEST:
        return said
    return said + text(spoken, "outlook.none_saved", m=FEWEST)


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
    known = isfinite(saved.labels.value)
    parts = [text(spoken, "outlook.saved", amount=_amount(saved.labels, ",.0f", spoken))]
    if saved.hours:
        parts.append(text(spoken, "outlook.hours", amount=_amount(saved.hours, ",.1f", spoken)))
    if saved.money:
        bounds = (saved.money.low, saved.money.value, saved.money.high)
        most = max(abs(one) for one in bounds if isfinite(one))
        form = ",.0f" if most >= WHOLE else ",.2f"
        amount = _amount(saved.money, form, spoken, saved.currency)
        parts.append(text(spoken, "outlook.money", amount=amount))
    said = text(spoken, "outlook.comma").join(parts)
    return said if known else said + text(spoken, "outlook.never")


def _amount(one: Interval, form: str, spoken: str, unit: str = "") -> str:
    value, low, high = (f"{bound:{form}}" for bound in (one.value, one.low, one.high))
    unit = unit and f" {unit}"
    if not isfinite(one.value):
        return text(spoken, "outlook.at_least", low=low + unit)
    if not isfinite(one.high):
        high = "∞"
    return text(spoken, "outlook.between", value=value + unit, low=low, high=high)


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
