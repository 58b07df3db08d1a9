"""Figures, drawn again by matplotlib."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable
from typing import Any

from nbar._errors import refusal

# Kinds whose intervals lie along x; those of the others lie along y.
ALONG_X = ("compare", "families", "forest", "isoflop", "plan", "repeats")
# Kinds whose panels have the label of y on the first of a row alone.
SHARED_Y = ("collapse", "residuals")
# A legend of more series would cover them.
MOST = 12
# Markers of matplotlib that point to an open end: to the left, right, down, up.
CARETS = ((4, 5), (7, 6))

_TITLE = re.compile(r'<text [^>]*font-size="7\.5"[^>]*text-anchor="middle"([^>]*)>(.*?)</text>')
_WHOLE = re.compile(r'<text [^>]*font-size="8\.5"[^>]*>(.*?)</text>')


def draw(kind: str, data: dict[str, list[Any]], svg: str, axes: Any) -> list[Any]:
    """Draw the data of a figure, a panel on each of the axes; the labels are those of the figure as SVG."""
    rows = [dict(zip(data, row)) for row in zip(*data.values())]
    panels = list(dict.fromkeys(row["panel"] for row in rows))
    given = _axes(axes, panels, " ".join(map(html.unescape, _WHOLE.findall(svg))))
    labels = _labels(svg, kind in SHARED_Y)
    for place, (panel, axis) in enumerate(zip(panels, given)):
        here = [row for row in rows if row["panel"] == panel]
        # Where its numbers stand, in a logarithm or not, is told first: ends are drawn beyond them.
        for name, scale in (("x", axis.set_xscale), ("y", axis.set_yscale)):
            values = [row[name] for row in here if row[name] is not None]
            if values and min(values) > 0 and max(values) > 10 * min(values):
                scale("log")
        for series in dict.fromkeys(row["series"] for row in here):
            _series(axis, series, [row for row in here if row["series"] == series], kind in ALONG_X)
        axis.set_xlabel(labels[place][0])
        axis.set_ylabel(labels[place][1])
        named = {row["y"]: row["name"] for row in here if row["name"]}
        if named and not labels[place][1]:
            # Rows of names have no label.
            axis.set_yticks(list(named), list(named.values()))
        axis.set_title("" if panel.isdigit() else panel)
        if len(axis.get_legend_handles_labels()[1]) <= MOST:
            axis.legend(fontsize="x-small").set_in_layout(False)
    return given


def _axes(axes: Any, panels: list[str], title: str) -> list[Any]:
    """The axes that are given, or those of a new figure with this title."""
    if axes is None:
        import matplotlib.pyplot as plt  # type: ignore[import-not-found, import-untyped, unused-ignore]

        figure, made = plt.subplots(1, len(panels), squeeze=False, figsize=(5 * len(panels), 4), layout="constrained")
        figure.suptitle(title)
        return list(made[0])
    # An array of axes may have rows and columns.
    each = list(axes.flat) if hasattr(axes, "flat") else list(axes) if isinstance(axes, Iterable) else [axes]
    if len(each) < len(panels):
        raise refusal(
            f"axes are {len(each)}, and the figure has {len(panels)} panels",
            f"give {len(panels)}: plt.subplots(1, {len(panels)})[1]",
        )
    return each[: len(panels)]


def _labels(svg: str, shared: bool) -> list[tuple[str, str]]:
    """The labels of x and of y of each panel, which the figure writes in this order."""
    found: list[tuple[str, str]] = []
    upright = False
    for turned, text in _TITLE.findall(svg):
        label = html.unescape(text)
        if "rotate" not in turned:
            found.append((label, ""))
            upright = True
        elif upright:
            # Another upright one is of an axis on the right.
            before = found[-2][1] if shared and len(found) > 1 else ""
            found[-1] = (found[-1][0], label or before)
            upright = False
    return found


def _series(axis: Any, series: str, rows: list[dict[str, Any]], along_x: bool) -> None:
    """Draw one series: a band, bars, points, or a curve."""
    band = [row for row in rows if row["y"] is None]
    bars = [row for row in rows if row["y"] is not None and (row["lower"] is not None or row["upper"] is not None)]
    rest = [row for row in rows if row["y"] is not None and row["lower"] is None and row["upper"] is None]
    labels = iter([series])
    if band:
        x, lower, upper = (_column(band, name) for name in ("x", "lower", "upper"))
        axis.fill_between(x, lower, upper, alpha=0.25, label=next(labels, None))
    if bars:
        _bars(axis, bars, along_x, next(labels, None))
    x, y = _column(rest, "x"), _column(rest, "y")
    if any(row["name"] for row in rest) or series == "draws" or len(rest) == 1:
        axis.scatter(x, y, s=8, label=next(labels, None))
    elif rest:
        axis.plot(x, y, label=next(labels, None))


def _bars(axis: Any, bars: list[dict[str, Any]], along_x: bool, label: str | None) -> None:
    """Draw intervals, each around a point or beside it; an open end is an arrow at the point."""
    x, y = _column(bars, "x"), _column(bars, "y")
    color = axis.scatter(x, y, s=16, label=label).get_facecolor()[0]
    for row, at, level in zip(bars, x, y):
        middle, carets = (at, CARETS[0]) if along_x else (level, CARETS[1])
        ends = [middle if row[name] is None else row[name] for name in ("lower", "upper")]
        axis.plot(*((ends, [level, level]) if along_x else ([at, at], ends)), color=color)
        for name, caret in zip(("lower", "upper"), carets):
            if row[name] is None:
                axis.plot([at], [level], marker=caret, markersize=10, linestyle="", color=color)


def _column(rows: list[dict[str, Any]], name: str) -> list[float]:
    """Numbers, where none is NaN."""
    return [math.nan if row[name] is None else row[name] for row in rows]
