"""Questions to a fit."""

from __future__ import annotations

import math
from typing import Any

from nbar import _nbar
from nbar._answers import Answers
from nbar._calls import ask
from nbar._showing import messages
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
    columns = answers.to_dict()
    told = (messages(document.get("warnings") or []) for document in answers.document)
    columns["warnings"] = ["; ".join(one) or None for one in told]
    # What no row has is a number that is not there, but for texts.
    missing = [name for name, column in columns.items() if name != "warnings" and all(cell is None for cell in column)]
    if kind == "polars":
        import polars

        types = {**{name: polars.Float64 for name in missing}, "warnings": polars.String}
        return polars.DataFrame(columns, schema_overrides=types)
    if kind == "pyarrow":
        import pyarrow  # type: ignore[import-untyped, unused-ignore]

        types = {**{name: pyarrow.float64() for name in missing}, "warnings": pyarrow.string()}
        return pyarrow.table({name: pyarrow.array(column, types.get(name)) for name, column in columns.items()})
    if kind == "pandas":
        import pandas  # type: ignore[import-untyped, unused-ignore]

        whole = {name: [math.nan] * len(column) if name in missing else column for name, column in columns.items()}
        return pandas.DataFrame(whole, index=frame.index)
    if hasattr(frame, "__arrow_c_stream__"):
        return answers
    import numpy as np

    def is_number(name: str) -> bool:
        return name != "warnings" and all(isinstance(cell, (int, float, type(None))) for cell in columns[name])

    return {name: np.array(column, dtype=float if is_number(name) else object) for name, column in columns.items()}
