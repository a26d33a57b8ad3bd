"""What a replay found, in words and tables, for the shell and for the Replay page."""

from __future__ import annotations

from math import inf

from activelearn.curves import SHARES
from ui.i18n import named, text
from ui.words.reported import reported

ENOUGH_SEEDS = 3
"""With fewer a strategy that saves nothing beats random labels with all of them too often."""

MOST_REASONS = 3

COLUMNS = ("strategy", "learner", "mean", "over_random")


def lines(result: dict, spoken: str) -> list[str]:
    """What was replayed, two lines for each curve, how the forecasts did, the recommendation.

    ``result`` as `workbench.workflows.simulate.simulate_file` gives it.
    """
    sizes = {name: f"{count:,}" for name, count in result["data"].items()}
    found = [text(spoken, "replay.data", **sizes)]
    if "columns" in result:
        found.append(text(spoken, "replay.columns", **result["columns"]))
    if why := left_out(result, spoken):
        found.append(why)
    if same := alike(result, spoken):
        found.append(same)
    found += [f"{row['name']}: {_line(row, result['curves'], spoken)}" for row in result["summary"]]
    found += [
        f"{row['name']}: "
        + text(spoken, "replay.needs", full=f"{result['full'][row['learner']]:.3f}")
        + ", ".join(
            f"{share:.0%}: {_needed(labels, row['labels'])}"
            for share, labels in zip(SHARES, row["needs"], strict=True)
        )
        for row in result["summary"]
    ]
    held, forecasts = result["forecasts_held"]
    if forecasts:
        found.append(text(spoken, "replay.forecasts", held=held, all=forecasts))
    return [*found, recommendation(result["recommendation"], spoken)]


def _line(row: dict, curves: list[dict], spoken: str) -> str:
    """The mean of a curve and where it ends, with the interval that the figure draws there."""
    ends = [one["points"][-1] for one in curves if one["name"] == row["name"]]
    by_chance = row["strategy"] == "random"
    gain = "" if by_chance else text(spoken, "replay.gain", gain=f"{row['over_random']:+.3f}")
    return text(
        spoken,
        "replay.line",
        mean=f"{row['mean']:.3f}",
        gain=gain,
        last=f"{row['last']:.3f}",
        low=f"{min(end['low'] for end in ends):.3f}",
        high=f"{max(end['high'] for end in ends):.3f}",
        labels=f"{row['labels']:,}",
    )


def alike(result: dict, spoken: str) -> str:
    """Which labels differ in case or spaces only; nothing if none do."""
    groups = result.get("alike", [])
    if not groups:
        return ""
    comma, then = (text(spoken, key) for key in ("replay.left_out.and", "outlook.comma"))
    return text(spoken, "replay.alike", labels=then.join(comma.join(one) for one in groups))


def left_out(result: dict, spoken: str) -> str:
    """How many rows were not replayed, and why; nothing if all were."""
    why = [
        text(spoken, "replay.left_out.one", n=f"{count:,}", why=reported(spoken, reason))
        for reason, count in result.get("left_out", {}).items()
    ]
    if not why:
        return ""
    if len(why) == 1:
        return text(spoken, "replay.left_out.only", why=why[0])
    shown = [*why[:MOST_REASONS], "…"] if len(why) > MOST_REASONS else why
    together = f"{sum(result['left_out'].values()):,}"
    said = text(spoken, "replay.left_out.and").join(shown)
    return text(spoken, "replay.left_out", n=together, why=said)


def recommendation(found: dict, spoken: str) -> str:
    """What to label with, in a sentence."""
    values = {name: found[name] for name in ("labels", "random")}
    values |= {
        "strategy": named(spoken, "strategy", found["strategy"]),
        "learner": text(spoken, f"rounds.learner.{found['learner']}"),
        "share": f"{found['share']:.0%}" if found["share"] else "",
    }
    if not found["saves"]:
        return text(spoken, "replay.random", **values)
    if found["labels"] is None or found["labels"] >= (found["random"] or inf):
        said = text(spoken, "replay.early", **values)
    elif found["random"] is None:
        said = text(spoken, "replay.only", **values)
    else:
        said = text(spoken, "replay.use", **values)
    few = found["seeds"] < ENOUGH_SEEDS
    return said + (text(spoken, "replay.few_seeds", n=found["seeds"]) if few else "")


def advised(kept: dict, spoken: str) -> str:
    """The recommendation of a kept replay; one of before says nothing of its seeds itself."""
    return recommendation(kept["result"]["recommendation"] | {"seeds": kept["seeds"]}, spoken)


def table(results: list[dict], spoken: str) -> tuple[list[str], list[list[str]]]:
    """(head, rows) that compare replays as `workbench.replays` keeps them, row by row."""
    head = [text(spoken, f"replay.{name}") for name in ("number", *COLUMNS)]
    head += [text(spoken, "replay.reach", share=f"{share:.0%}") for share in SHARES]
    rows = []
    for kept in results:
        for row in kept["result"]["summary"]:
            full = kept["result"]["full"][row["learner"]]
            rows.append(
                [
                    str(kept["number"]),
                    named(spoken, "strategy", row["strategy"]),
                    text(spoken, f"rounds.learner.{row['learner']}") + f" · {full:.1%}",
                    f"{row['mean']:.3f}",
                    f"{row['over_random']:+.3f}" if row["strategy"] != "random" else "–",
                    *(_needed(labels, row["labels"]) for labels in row["needs"]),
                ]
            )
    return head, rows


def about(kept: dict, spoken: str) -> str:
    """One kept replay in a line, as a list offers it: what tells it from the others."""
    source = kept["source"] or text(spoken, "replay.own")
    if kept.get("test"):
        source = text(spoken, "replay.measured_on", source=source, test=kept["test"])
    comma = text(spoken, "replay.left_out.and")
    names = [comma.join(named(spoken, "strategy", name) for name in kept["strategies"])]
    if kept["learners"] != ["auto"]:
        names.append(
            comma.join(text(spoken, f"rounds.learner.{name}") for name in kept["learners"])
        )
    seeds = text(spoken, "replay.so_many_seeds", n=kept["seeds"])
    when = kept["at"][:16].replace("T", " ")
    sizes = f"{kept['rounds']} × {kept['batch']}"
    return " · ".join([str(kept["number"]), source, *names, sizes, seeds, when])


def _needed(labels: int | None, most: int) -> str:
    return f"{labels:,}" if labels is not None else f"> {most:,}"
