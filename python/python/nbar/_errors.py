"""What nbar refuses, and what it warns of."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from typing import Any

from nbar._warnings import KINDS, Stopped, Warning


class Error(Exception):
    """Input from which nothing can be read, fitted or answered.

    Attributes
    ----------
    problem : str
        What is wrong.
    remedy : str or None
        What to do about it; None where the system says all that is known.

    Examples
    --------
    >>> import nbar
    >>> try:
    ...     nbar.fit({"params": [1e9], "tokens": [2e10], "loss": [-3.0]})
    ... except nbar.DataError as error:
    ...     print(error.problem)
    '-3' is not a positive number
    """

    def __init__(self, text: str, problem: str | None = None, remedy: str | None = None) -> None:
        super().__init__(text)
        self.problem = text if problem is None else problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.problem, self.remedy)


class ReadError(Error, OSError):
    """A file that cannot be read."""


class WriteError(Error, OSError):
    """A file that cannot be written."""


class DataError(Error, ValueError):
    """Something wrong at a place of the input: a file or a frame, a line, a column."""


class OptionError(Error, ValueError, TypeError):
    """An argument that cannot be what it is."""


class NumberError(Error, ValueError):
    """A number that cannot be: of a run, an observation or a question."""


class ScheduleError(Error, ValueError):
    """A schedule that cannot be, or does not fit its run."""


class MissingInputError(Error, ValueError):
    """An input that a law, a size or a schedule needs and that is not there."""


class LawError(Error, ValueError):
    """A law that is not what it claims to be."""


class NotReachableError(Error, ValueError):
    """A loss that the law does not come down to."""


class UnanswerableError(Error, ValueError):
    """A question that the fit or the sweep cannot answer."""


class Defect(Error, RuntimeError):
    """A defect of nbar itself."""


def refusal(problem: str, remedy: str, kind: type[Error] = OptionError) -> Error:
    """What is refused, with a remedy."""
    return kind(f"{problem}; {remedy}", problem, remedy)


def shown(value: Any) -> str:
    """A value in few letters: itself, or what it is."""
    text = repr(value)
    if len(text) <= 60 and "\n" not in text:
        return text
    count = f" of {len(value)}" if hasattr(value, "__len__") else ""
    return f"<{type(value).__name__}{count}>"


def own_frames() -> int:
    """Count the frames of this package above the caller: warnings are about the line that called it."""
    here, level, frame = os.path.dirname(__file__), 1, sys._getframe(1)
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == here:
        frame, level = frame.f_back, level + 1
    return level


def warn(
    command: str, said: Iterable[str], documents: Iterable[Any], is_stopped: bool, known: set[str] | None = None
) -> list[str]:
    """Warn of what a command said that weakens its answer but for what is known, and return what it said besides."""
    from nbar import _nbar

    kinds: dict[str, str] | None = None
    notes, level = [], own_frames()
    for line in said:
        if not line.startswith("warning: "):
            notes.append(line)
            continue
        text = line.removeprefix("warning: ")
        if known is not None and text in known:
            continue
        if known is not None and command in ("fit", "law"):
            known.add(text)
        if kinds is None:
            kinds = {_nbar.spoken(command, message): kind for kind, message in _messages(list(documents))}
        kind = next((kind for message, kind in kinds.items() if message in text), "")
        other = Stopped if is_stopped and "stopped" in text else Warning
        warnings.warn(KINDS.get(kind, other)(text), stacklevel=level)
    if is_stopped:
        text = "stopped by Ctrl-C: the answer is what was done until then; run it again to the end"
        warnings.warn(Stopped(text), stacklevel=level)
    return notes


def _messages(document: Any) -> Iterable[tuple[str, str]]:
    """All warnings of a document, wherever they stand: kind and sentence."""
    if isinstance(document, dict):
        if isinstance(document.get("kind"), str) and isinstance(document.get("message"), str):
            yield document["kind"], document["message"]
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            if isinstance(part, (dict, list)):
                yield from _messages(part)
