"""The figures of the web UI and the command line: plain functions from numbers to matplotlib."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from ui.i18n import named, text
from workbench.fonts import chinese_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, GRID = "#1f2937", "#6b7280", "#e5e7eb"
COLOURS = ("#0f766e", "#b45309", "#4338ca", "#be185d", "#4d7c0f", "#0369a1")
DOTS = (":", (0, (1, 4)), (0, (4, 2, 1, 2)), (0, (6, 3)))
MOST_CLASSES = 14
MOST_BARS = 12


def learning_curve(rounds: list[dict], language: str = "en") -> Figure:
    """Accuracy on the holdout over the number of labels, with its 95 % interval as a band.

    ``rounds`` as `workbench.status.status` gives them; rounds without a measure are left out.
    """
    measured = [row for row in rounds if row.get("accuracy") is not None]
    figure, axes = _figure(language)
    _titles(axes, language, "plot.curve", "plot.labels", "plot.accuracy")
    if not measured:
        return _empty(figure, axes, text(language, "plot.no_curve"))
    labels = [row["labels"] for row in measured]
    values = [row["accuracy"] for row in measured]
    lows, highs = [row["low"] for row in measured], [row["high"] for row in measured]
    if len(measured) == 1:
        below, above = values[0] - lows[0], highs[0] - values[0]
        axes.errorbar(labels, values, yerr=[[below], [above]], fmt="o", capsize=5, color=COLOURS[0])
        axes.set_xlim(0, labels[0] * 1.4 + 1)
    else:
        axes.fill_between(labels, lows, highs, color=COLOURS[0], alpha=0.16, linewidth=0)
        axes.plot(labels, values, "o-", color=COLOURS[0], linewidth=2)
    for x, y in zip(labels[-1:], values[-1:], strict=True):
        axes.annotate(f"{y:.0%}", (x, y), xytext=(10, 0), textcoords="offset points", va="center",
                      color=INK, fontweight="bold", annotation_clip=False)  # fmt: skip
    _percent(axes, min(lows), max(highs))
    axes.set_title(text(language, "plot.interval"), loc="right", fontsize=10.5, color=MUTED,
                   fontweight="normal")  # fmt: skip
    return figure


def confusion_matrix(
    matrix: list[list[int]] | None, labels: list[str], language: str = "en"
) -> Figure:
    """Counts of (given by people, predicted); of many classes the most confused ones are shown."""
    import numpy as np

    if not matrix or not np.asarray(matrix).sum():
        figure, axes = _figure(language)
        axes.set_title(text(language, "plot.confusion"))
        return _empty(figure, axes, text(language, "plot.no_confusion"))
    counts = np.asarray(matrix)
    title = text(language, "plot.confusion")
    if len(labels) > MOST_CLASSES:
        wrong = counts.sum(0) + counts.sum(1) - 2 * counts.diagonal()
        kept = np.sort(np.argsort(-wrong, kind="stable")[:MOST_CLASSES])
        title = text(language, "plot.confusion_most", n=MOST_CLASSES, all=len(labels))
        counts, labels = counts[np.ix_(kept, kept)], [labels[index] for index in kept]
    size = len(labels)
    figure, axes = _figure(language, width=5.6, height=min(7.5, 2.8 + 0.3 * size))
    axes.imshow(counts, cmap=_teal(), vmin=0, aspect="auto")
    dark = 0.8 * counts.max()
    for row in range(size):
        for column in range(size):
            if value := int(counts[row, column]):
                colour = "white" if value > dark else INK
                axes.text(column, row, value, ha="center", va="center", color=colour, fontsize=10)
    short = [_short(label) for label in labels]
    axes.set_xticks(range(size), short, rotation=50, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(size), short)
    axes.set_xlabel(text(language, "plot.predicted"))
    axes.set_ylabel(text(language, "plot.given"))
    axes.set_title(title)
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure


def label_distribution(counts: dict[str, int], language: str = "en") -> Figure:
    """How many items carry each label, most first."""
    title = text(language, "plot.distribution")
    if not any(counts.values()):
        figure, axes = _figure(language, height=3.2)
        axes.set_title(title)
        return _empty(figure, axes, text(language, "plot.no_labels"))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if len(ordered) > 2 * MOST_BARS:
        title = text(language, "plot.distribution_most", n=MOST_BARS, all=len(ordered))
        ordered = ordered[:MOST_BARS] + ordered[-MOST_BARS:]
    figure, axes = _figure(language, height=max(3.2, 1.4 + 0.27 * len(ordered)))
    axes.set_title(title)
    names = [_short(label) for label, _ in ordered]
    values = [count for _, count in ordered]
    bars = axes.barh(range(len(values)), values, color=COLOURS[0], height=0.7)
    axes.bar_label(bars, padding=4, color=MUTED, fontsize=10)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, max(values) * 1.12)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(text(language, "plot.items"))
    axes.grid(False, axis="y")
    return figure


def simulation_figure(result: dict, language: str = "en") -> Figure:
    """The learning curves of a simulation: each one's mean over the seeds, in a band that holds the
    95 % intervals of all of them, and where learning from all labels ends.

    ``result`` as `activelearn.curves.Simulation.to_json` gives it.
    """
    return replays([{"number": "", "result": result}], language)


def replays(kept: list[dict], language: str = "en") -> Figure:
    """The learning curves of some replays, as `workbench.replays` keeps them, in one figure."""
    figure, axes = _figure(language, width=7.2, height=4.6)
    _titles(axes, language, "plot.curve", "plot.labels", "plot.test_accuracy")
    axes.set_title(text(language, "plot.intervals"), loc="right", fontsize=10.5, color=MUTED,
                   fontweight="normal")  # fmt: skip
    lowest, highest, drawn, dots = 1.0, 0.0, 0, cycle(DOTS)
    for marker, one in zip(cycle("os^Dv"), kept, strict=False):
        which = f"{one['number']} · " if len(kept) > 1 else ""
        for name, points in one["result"]["means"].items():
            labels = [count for count, _ in points]
            values = [value for _, value in points]
            own = [curve for curve in one["result"]["curves"] if curve["name"] == name]
            by_chance = own[0]["strategy"] == "random"
            colour = MUTED if by_chance else COLOURS[drawn % len(COLOURS)]
            drawn += not by_chance
            rounds = list(zip(*(curve["points"] for curve in own), strict=True))
            low = [min(point["low"] for point in points) for points in rounds]
            high = [max(point["high"] for point in points) for points in rounds]
            axes.fill_between(labels, low, high, color=colour, alpha=0.14, linewidth=0)
            style = marker + ("--" if by_chance else "-")
            axes.plot(labels, values, style, color=colour, linewidth=2, markersize=4,
                      label=which + _curve_name(own[0], language))  # fmt: skip
            lowest, highest = min(lowest, *low), max(highest, *high)
        for learner, full in one["result"]["full"].items():
            several = len(one["result"]["full"]) > 1
            name = text(language, "plot.all_labels")
            name += f", {text(language, f'rounds.learner.{learner}')}" if several else ""
            axes.axhline(full, color=INK, linewidth=1, linestyle=next(dots),
                         label=which + name)  # fmt: skip
            lowest, highest = min(lowest, full), max(highest, full)
    _percent(axes, lowest, highest)
    curves, _ = axes.get_legend_handles_labels()
    figure.legend(frameon=False, loc="outside lower left", ncols=2)
    figure.set_figheight(4.2 + 0.14 * len(curves))
    return figure


def _curve_name(curve: dict, language: str) -> str:
    shown = named(language, "strategy", curve["strategy"])
    if curve["name"] == curve["strategy"]:
        return shown
    learner = curve["learner"]
    return f"{shown}, {text(language, f'rounds.learner.{learner}')}"


def _figure(language: str, width: float = 5.6, height: float = 3.9) -> tuple[Figure, Axes]:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    matplotlib.rcParams["font.sans-serif"] = [
        name for name in (chinese_font(), "DejaVu Sans") if name
    ]
    matplotlib.rcParams["font.family"] = "sans-serif"
    matplotlib.rcParams["axes.unicode_minus"] = False
    matplotlib.rcParams["axes.titlesize"] = 12.5
    matplotlib.rcParams["axes.titleweight"] = "bold"
    matplotlib.rcParams["axes.titlelocation"] = "left"
    matplotlib.rcParams["axes.labelsize"] = 11
    matplotlib.rcParams["axes.labelcolor"] = MUTED
    matplotlib.rcParams["axes.titlecolor"] = INK
    figure = Figure(figsize=(width, height), dpi=170, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=11, length=0)
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for name, side in axes.spines.items():
        side.set_visible(name in ("left", "bottom"))
        side.set_color(GRID)
    return figure, axes


def _titles(axes: Axes, language: str, title: str, across: str, up: str) -> None:
    axes.set_title(text(language, title))
    axes.set_xlabel(text(language, across))
    axes.set_ylabel(text(language, up))


def _percent(axes: Axes, low: float, high: float) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(max(0.0, low - 0.08), min(1.01, high + 0.08))
    axes.xaxis.get_major_locator().set_params(integer=True)


def _empty(figure: Figure, axes: Axes, message: str) -> Figure:
    import textwrap

    axes.set_xticks([])
    axes.set_yticks([])
    wrapped = textwrap.fill(message, 40 if message.isascii() else 22)
    axes.text(0.5, 0.5, wrapped, ha="center", va="center", color=MUTED, fontsize=12,
              transform=axes.transAxes)  # fmt: skip
    return figure


def _teal():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("calm", ["#ffffff", "#99d5cd", "#0f766e"])


def _short(label: str, most: int = 22) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
