"""Questions to a fit."""

from __future__ import annotations

from typing import Any

from nbar import _nbar
from nbar._answers import Answers
from nbar._calls import ask
from nbar._tables import PATHS, Inputs


class Asking:
    """What is asked."""

    _held: _nbar.Fit
    # What was warned of already: a fit says once what weakens it.
    _known: set[str]

    def _ask(self, command: str, given: dict[str, Any], inputs: Inputs | None = None) -> Any:
        inputs = inputs or Inputs()
        return ask(command, given, inputs, [inputs.fit(self._held)], known=self._known)


def like(frame: Any, answers: Answers) -> Any:
    """Answers as a frame of the kind that was asked about."""
    if isinstance(frame, PATHS):
        return answers
    kind = type(frame).__module__.split(".")[0]
    if kind == "polars":
        return answers.to_polars()
    if kind == "pandas":
        return answers.to_pandas(index=frame.index)
    columns = answers.to_dict()
    if kind == "pyarrow":
        import pyarrow  # type: ignore[import-untyped, unused-ignore]

        return pyarrow.table(columns)
    if hasattr(frame, "__arrow_c_stream__"):
        return answers
    import numpy as np

    numbers = {name: all(isinstance(cell, (int, float, type(None))) for cell in column) for name, column in columns.items()}
    return {name: np.array(column, dtype=float if numbers[name] else object) for name, column in columns.items()}
