"""Figures, which show themselves in notebooks."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from typing import Any

from nbar import _nbar
from nbar._answers import Answer, Answers
from nbar._calls import Quantities
from nbar._calls import path as written
from nbar._errors import UnanswerableError, refusal, shown, warn
from nbar._matplotlib import draw
from nbar._tables import PATHS, Inputs
from nbar._words import words

ENDINGS = (".svg", ".png", ".pdf")

# Kinds that are drawn from one fit.
OF_A_FIT = (
    "frontier", "isoflop", "optimum", "fit", "residuals", "contours", "collapse", "starts", "families", "priors", "repeats",
)
# Kinds that are drawn from an answer: the schema of its document, and what returns it.
OF_AN_ANSWER = {
    "holdout": ("nbar.holdout", "nbar.holdout(...)"),
    "compare": ("nbar.compare", "nbar.compare(...)"),
    "plan": ("nbar.plan", "fit.plan(...)"),
    "versus": ("nbar.versus", "nbar.versus(...)"),
    "forecast": ("nbar.forecast", "nbar.forecast(...)"),
    "design": ("nbar.first-runs", "nbar.design(...)"),
}


class Figure:
    """A figure, as SVG, PNG or PDF, and what is drawn in it.

    Attributes
    ----------
    kind : str
        What is drawn, as `nbar.plot` takes it.
    """

    def __init__(self, held: _nbar.Figure, kind: str) -> None:
        self._held = held
        self.kind = kind

    def __repr__(self) -> str:
        return f"<nbar.Figure of kind '{self.kind}'>"

    def __deepcopy__(self, memo: Any) -> Figure:
        # Nothing in it changes.
        return self

    def __copy__(self) -> Figure:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        raise refusal("a figure cannot be pickled", "pickle what it is drawn from, or save it: figure.save(path)")

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
        name = written(path, "path")
        if not name.lower().endswith(ENDINGS):
            raise refusal(f"{name!r} is no file of a figure", f"end its name with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
        self._held.save(name)

    @property
    def data(self) -> dict[str, list[Any]]:
        """What is drawn, as columns: ``panel, series, name, x, y, lower, upper``. Points outside the axes are in it.

        The ends ``lower`` and ``upper`` lie along y; in compare, families, forest, isoflop, plan and repeats along x. An
        end of a point's interval that is None is open.
        """
        rows = list(csv.DictReader(io.StringIO(self._held.csv())))
        texts = ("panel", "series", "name")
        names = (*texts, "x", "y", "lower", "upper")
        return {name: [row[name] if name in texts else _number(row[name]) for row in rows] for name in names}

    def to_matplotlib(self, axes: Any = None) -> list[Any]:
        """Draw the data by matplotlib, which ``pip install 'nbar[plot]'`` brings.

        Parameters
        ----------
        axes : matplotlib Axes, or sequence or array of them, optional
            One for each panel; by default a new figure has them.

        Returns
        -------
        list of matplotlib Axes
            One for each panel, with the labels of the figure, a legend of up to 12 series, and logarithmic where values
            span more than a factor of 10.

        Raises
        ------
        OptionError
            If there are fewer axes than panels.
        """
        return draw(self.kind, self.data, self.svg, axes)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def plot(
    kind: str,
    *what: Any,
    flops: Quantities | None = None,
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
    _check(kind, what)
    inputs = Inputs()
    names = [_name(inputs, part, i, len(what)) for i, part in enumerate(what, 1)]
    said = words("plot", arguments, names)
    held, lines, is_stopped = _nbar.draw(said, inputs.tables, inputs.fits, None)
    known = what[0]._known if len(what) == 1 and hasattr(what[0], "_known") else None
    warn("plot", lines, [part.document for part in what if hasattr(part, "document")], is_stopped, known)
    return Figure(held, kind)


def _check(kind: Any, what: Sequence[Any]) -> None:
    """Refuse what the kind is not drawn from."""
    if not isinstance(kind, str):
        raise refusal(f"kind is of type {type(kind).__name__}", 'give the kind first: nbar.plot("frontier", fit)')
    is_file = len(what) == 1 and isinstance(what[0], PATHS)
    if kind in OF_AN_ANSWER and not is_file:
        schema, call = OF_AN_ANSWER[kind]
        if len(what) != 1 or not _is_answer(what[0], schema):
            problem, remedy = f"{kind} is drawn from what {call} returned", f'give that: nbar.plot("{kind}", answer)'
            raise refusal(problem, remedy, UnanswerableError)
    elif kind in OF_A_FIT and not is_file and (len(what) != 1 or not hasattr(what[0], "_held")):
        given = "nothing is" if not what else f"{shown(what[0])} is" if len(what) == 1 else f"{len(what)} things are"
        problem, remedy = f"{kind} is drawn from one fit, and {given} given", f'give one: nbar.plot("{kind}", fit)'
        raise refusal(problem, remedy, UnanswerableError)
    elif kind == "forest" and not all(hasattr(part, "_held") or str(part).endswith(".json") for part in what):
        raise refusal("forest is drawn from fits alone", 'give one or more: nbar.plot("forest", fit, other)', UnanswerableError)
    elif not what:
        raise refusal(f"nothing is given that {kind} is drawn from", f'give it: nbar.plot("{kind}", fit)', UnanswerableError)


def _is_answer(part: Any, schema: str) -> bool:
    each = part if isinstance(part, Answers) else [part]
    return bool(each) and all(isinstance(one, Answer) and one.document.get("schema", "").split("/")[0] == schema for one in each)


def _name(inputs: Inputs, part: Any, place: int, of: int) -> str:
    """Name one of the things that are drawn."""
    held = getattr(part, "_held", None)
    if isinstance(held, _nbar.Fit):
        return inputs.fit(held, "fit" if of == 1 else f"fit {place}")
    if isinstance(part, (Answer, Answers)):
        return inputs.text(json.dumps(part.document), f"answer {place}.json")
    return inputs.one(part, "what is drawn", f"frame {place}")
