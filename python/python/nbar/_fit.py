"""A fit, which answers questions."""

from __future__ import annotations

import html
import json
import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbar import _nbar
from nbar._answers import Answer, _seen
from nbar._budgets import Budgets
from nbar._calls import path as written
from nbar._figures import Figure, plot
from nbar._laws import Law
from nbar._predictions import Predictions
from nbar._showing import ends, short

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Fit(Budgets, Predictions):
    """A fitted law with its draws, made by `nbar.fit`, `nbar.law` or `nbar.load`.

    The fields of its document are attributes: ``fit.objective``, ``fit.rms``, ``fit.warnings``.

    Attributes
    ----------
    parameters : Answer
        Each parameter by name: ``estimate``, and of a fit with draws ``std_error`` and ``interval``.
    said : list of str
        What was said of the files that were read.

    Examples
    --------
    >>> import nbar
    >>> fit = nbar.law("chinchilla", set={"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28})
    >>> fit.names
    ['E', 'A', 'B', 'alpha', 'beta']
    >>> round(fit.predict(params=70e9, tokens=1.4e12).loss.estimate, 4)
    1.9366
    """

    def __init__(
        self, held: _nbar.Fit, said: list[str] | None = None, law: Law | None = None, known: set[str] | None = None, is_stopped: bool = False
    ) -> None:
        self._held = held
        self._law = law
        self.said = said or []
        self._known = known or set()
        # Whether it was stopped before there was a replicate.
        self._is_stopped = is_stopped

    @cached_property
    def document(self) -> dict[str, Any]:
        """The JSON document that ``nbar fit --format json`` prints, as plain objects."""
        document: dict[str, Any] = json.loads(self._held.document())
        return document

    @cached_property
    def names(self) -> list[str]:
        """The names of the parameters, in the order of the columns of `draws`."""
        return self._held.names()

    @cached_property
    def draws(self) -> npt.NDArray[np.float64]:
        """The parameters of each replicate: an array of shape (replicates, parameters), without rows if there are none."""
        import numpy as np

        data, rows = self._held.draws()
        return np.frombuffer(data).reshape(rows, len(self.names))

    @property
    def is_trustworthy(self) -> bool:
        """Whether the fit is to be trusted; its warnings say why not."""
        return self._held.is_trustworthy()

    @property
    def partial(self) -> int | None:
        """How many replicates were made, if Ctrl-C stopped them; None where they are complete."""
        return 0 if self._is_stopped else self._held.partial()

    def residuals(self) -> dict[str, list[Any]]:
        """The residuals of all rows, as columns: ``run, params, tokens, flops, loss, fitted, residual``.

        Returns
        -------
        dict of str to list
            Residuals are of ln L: ln measured - ln fitted; with ``on="loss"`` of L, in nats.
        """
        run, columns = self._held.residuals()
        names = ("params", "tokens", "flops", "loss", "fitted", "residual")
        return {"run": run, **dict(zip(names, columns))}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fit with its observations and draws, for `nbar.load` and for the command.

        Parameters
        ----------
        path : str or path
            Such as ``"x.fit.json"``. A saved fit that is there is replaced.

        Raises
        ------
        WriteError
            If the file cannot be written, or holds anything but a saved fit.
        """
        self._held.save(written(path, "path"))

    def plot(self, kind: str = "frontier", *others: Any, **options: Any) -> Figure:
        """Draw the fit; see `nbar.plot`, which takes the same arguments after the fit.

        Parameters
        ----------
        kind : str
            ``frontier``, ``isoflop``, ``optimum``, ``fit``, ``residuals``, ``contours``, ``collapse``, ``starts``,
            ``bootstrap``, ``forest``, ``curves``, ``families``, ``priors`` or ``repeats``.
        *others
            What the kind is drawn from besides: other fits for ``forest``, the sweep for ``curves``.
        **options
            ``flops``, ``target``, ``group``, ``theme``, ``width`` and ``title``.

        Returns
        -------
        Figure
            It shows itself in a notebook; ``save`` writes a file.
        """
        return plot(kind, self, *others, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return _seen(self.document[name])
        except KeyError:
            if name in self.names:
                raise AttributeError(f"a fit has no '{name}'; its parameter is fit.parameters['{name}']") from None
            known = ", ".join(self.document)
            raise AttributeError(f"a fit has no '{name}'; it has {known}") from None

    @property
    def parameters(self) -> Answer:
        """Each parameter by name."""
        return Answer(self.document["parameters"])

    def __repr__(self) -> str:
        text, _, questions = self._held.text().partition("\nnext: ")
        asked = [_call(line) for line in questions.splitlines() if line.startswith("  nbar ")]
        return "\n".join([text.rstrip(), *(["", "next:", *asked] if asked else [])])

    def _repr_html_(self) -> str:
        table = ""
        for name, value in self.parameters.items():
            cells = [short(value.estimate)]
            if value.estimate is None:
                cells = ["-", "not identified"]
            elif "interval" in value:
                cells += [short(value.std_error) or "-", *ends(value.interval)]
            table += f"<tr><th>{html.escape(name)}</th>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        head = "<tr><th></th><th>estimate</th><th>std. error</th><th colspan=2>interval</th></tr>"
        text = repr(self)
        summary, pre = html.escape(text.partition("\n")[0]), html.escape(text)
        return f"<table>{head}{table}</table><details><summary>{summary}</summary><pre>{pre}</pre></details>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._held.saved(), self.said, self._law, self._known, self._is_stopped)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.document]


def _restored(saved: str, said: list[str], law: Law | None, known: set[str], is_stopped: bool) -> Fit:
    return Fit(_nbar.of_json(saved, law._made() if law else None), said, law, known, is_stopped)


def _call(line: str) -> str:
    """A command on a saved fit, as a method of the fit."""
    _, command, _, *flags = line.split()
    pairs = zip(flags[::2], flags[1::2])
    told = (f'{flag[2:].replace("-", "_")}={value if re.fullmatch("[0-9.e+]+", value) else repr(value)}' for flag, value in pairs)
    return f"  fit.{command}({', '.join(told)})"
