"""One call of the command's code, and what comes back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from nbar import _nbar
from nbar._answers import answer
from nbar._errors import refusal, warn
from nbar._progress import watched
from nbar._tables import PATHS, Inputs
from nbar._words import words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Quantity = Union[float, int, str, "np.floating[Any]", "np.integer[Any]"]
"""A number, or a text such as ``"7B"`` or ``"25%"``."""

Quantities = Union[Quantity, Sequence[Quantity], "npt.NDArray[Any]"]
"""One of these, or several."""

Count = Union[int, "np.integer[Any]"]
"""A whole number."""

Data = Any
"""A frame (by ``__arrow_c_stream__``), a mapping of columns, or a path."""


def arguments(given: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """The arguments of a function that the command knows as well."""
    return {name: value for name, value in given.items() if name not in ("self", "data", "quiet", *others)}


def ask(
    command: str,
    given: dict[str, Any],
    inputs: Inputs,
    positional: Sequence[str] = (),
    quiet: bool = True,
    known: set[str] | None = None,
) -> Any:
    """The answer to a command, by its JSON document."""
    tables(given, inputs)
    said = words(command, {**given, "format": "json"}, list(positional))
    text, is_trustworthy, lines, is_stopped = watched(
        command, quiet, lambda listener: _nbar.answer(said, inputs.tables, inputs.fits, inputs.laws, listener)
    )
    document = json.loads(text)
    return answer(document, warn(command, lines, [document], is_stopped, known), is_trustworthy)


def without_effect(given: Mapping[str, Any], used: Sequence[str], why: str) -> None:
    """Refuse arguments that would be ignored."""
    name = next((name for name, value in given.items() if name not in used and value is not None and value is not False), None)
    if name is not None:
        raise refusal(f"{name} has no effect: {why}", "leave it out")


def tables(given: dict[str, Any], inputs: Inputs) -> None:
    """Name the tables and the laws among the arguments."""
    for name in ("runs", "trajectories"):
        value = given.get(name)
        if name == "trajectories" and isinstance(value, (list, tuple)):
            given[name] = [inputs.one(part, name, f"{name} {i}") for i, part in enumerate(value, 1)]
        elif value is not None:
            given[name] = inputs.one(value, name, name)
    for name in ("law", "laws"):
        given[name] = inputs.law(given.get(name))
    if inputs.laws and given.get("jobs") is None:
        # More threads would wait for the interpreter.
        given["jobs"] = 1


def path(given: Any, argument: str) -> str:
    """A path as text."""
    if not isinstance(given, PATHS):
        raise refusal(f"{argument} is of type {type(given).__name__}", "give a path")
    return os.fsdecode(given)
