"""Figures, which show themselves in notebooks."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from typing import Any

from nbar import _nbar
from nbar._answers import Answer
from nbar._calls import Quantity
from nbar._errors import warn
from nbar._tables import Inputs
from nbar._words import words


class Figure:
    """A figure, as SVG, PNG or PDF, and what is drawn in it."""

    def __init__(self, held: _nbar.Figure) -> None:
        self._held = held

    @property
    def svg(self) -> str:
        """The text of an SVG file."""
        return self._held.svg()

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the figure; the ending of the path says what it is.

        Parameters
        ----------
        path : str or path
            It ends with ``.svg``, ``.png`` (300 pixels an inch) or ``.pdf``. A file that is there is replaced.

        Raises
        ------
        WriteError
            If the file cannot be written.
        OptionError
            If the ending is none of these.
        """
        self._held.save(os.fspath(path))

    @property
    def data(self) -> dict[str, list[Any]]:
        """What is drawn, as columns: ``panel, series, name, x, y, lower, upper``. Points outside the axes are in it."""
        rows = list(csv.DictReader(io.StringIO(self._held.csv())))
        texts = ("panel", "series", "name")
        names = (*texts, "x", "y", "lower", "upper")
        return {name: [row[name] if name in texts else _number(row[name]) for row in rows] for name in names}

    def to_matplotlib(self, axes: Any = None) -> Any:
        """Draw the data by matplotlib, which ``pip install 'nbar[plot]'`` brings.

        Parameters
        ----------
        axes : matplotlib Axes or sequence of them, optional
            One for each panel; by default a new figure has them.

        Returns
        -------
        list of matplotlib Axes
            One for each panel, with logarithmic axes where the values span more than a factor of 10.
        """
        import matplotlib.pyplot as plt  # type: ignore[import-not-found, import-untyped, unused-ignore]

        data = self.data
        rows = [dict(zip(data, row)) for row in zip(*data.values())]
        panels = list(dict.fromkeys(row["panel"] for row in rows))
        if axes is None:
            _, axes = plt.subplots(1, len(panels), squeeze=False, figsize=(5 * len(panels), 4))
            axes = list(axes[0])
        axes = axes if isinstance(axes, Sequence) else [axes]
        for panel, axis in zip(panels, axes):
            here = [row for row in rows if row["panel"] == panel]
            for series in dict.fromkeys(row["series"] for row in here):
                _draw(axis, series, [row for row in here if row["series"] == series])
            for name, scale in (("x", axis.set_xscale), ("y", axis.set_yscale)):
                values = [row[name] for row in here if row[name] is not None]
                if values and min(values) > 0 and max(values) > 10 * min(values):
                    scale("log")
            axis.legend()
        return list(axes)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _draw(axis: Any, series: str, rows: list[dict[str, Any]]) -> None:
    """Draw one series: a band, bars, points, or a curve."""
    x, y, lower, upper = ([row[name] for row in rows] for name in ("x", "y", "lower", "upper"))
    if lower[0] is not None and y[0] is None:
        axis.fill_between(x, lower, upper, alpha=0.25, label=series)
    elif lower[0] is not None:
        axis.errorbar(x, y, yerr=[[a - b for a, b in zip(y, lower)], [b - a for a, b in zip(y, upper)]], fmt="o", label=series)
    elif any(row["name"] for row in rows) or series == "draws" or len(rows) == 1:
        axis.scatter(x, y, s=8, label=series)
    else:
        axis.plot(x, y, label=series)


def plot(
    kind: str,
    *what: Any,
    flops: Quantity | Sequence[Quantity] | None = None,
    target: float | None = None,
    run: str | None = None,
    group: str | None = None,
    theme: str | None = None,
    width: float | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a fit, or another answer.

    Parameters
    ----------
    kind : str
        ``frontier``, ``isoflop``, ``optimum``, ``fit``, ``residuals``, ``contours``, ``collapse``, ``starts``,
        ``bootstrap``, ``curves``, ``families``, ``priors``, ``repeats`` and ``forest`` are drawn from fits; ``holdout``,
        ``compare``, ``plan``, ``versus``, ``forecast`` and ``design`` from the answers of these functions; ``schedule``
        from a sweep.
    *what
        A fit, several for ``forest``; an answer; a frame or a path.
    flops : float, str or sequence of these, optional
        Budgets of training FLOPs that frontier and contours mark, and that isoflop draws.
    target : float, optional
        A loss that frontier and contours mark, with the cheapest run that reaches it.
    run : str, optional
        Run of the sweep whose schedule is drawn.
    group : str, optional
        Group that is drawn, of fits by groups.
    theme : str, optional
        Page of the figure: light or dark; default light.
    width : float, optional
        Width of the figure in millimetres; default 120.
    title : str, optional
        Title of the figure; an empty one is left out; by default it says what is drawn.

    Returns
    -------
    Figure
        It shows itself in a notebook; ``save`` writes a file.

    Raises
    ------
    OptionError
        If the kind is not known, or does not draw what is asked for.
    UnanswerableError
        If the kind is not drawn from what is given.
    """
    arguments = dict(
        kind=kind, flops=flops, target=target, run=run, group=group, theme=theme, width=width, title=title
    )
    inputs = Inputs()
    names = [_name(inputs, part, i, len(what)) for i, part in enumerate(what, 1)]
    said = words("plot", arguments, names)
    held, lines, is_stopped = _nbar.draw(said, inputs.tables, inputs.fits, None)
    known = what[0]._known if len(what) == 1 and hasattr(what[0], "_known") else None
    warn("plot", lines, [part.document for part in what if hasattr(part, "document")], is_stopped, known)
    return Figure(held)


def _name(inputs: Inputs, part: Any, place: int, of: int) -> str:
    """Name one of the things that are drawn."""
    held = getattr(part, "_held", None)
    if isinstance(held, _nbar.Fit):
        return inputs.fit(held, "fit" if of == 1 else f"fit {place}")
    if isinstance(part, Answer):
        return inputs.text(json.dumps(part.document), f"answer {place}.json")
    return inputs.one(part, "what is drawn", f"frame {place}")
