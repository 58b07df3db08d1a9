"""From the arguments of a function to the words of the command."""

from __future__ import annotations

import json
import numbers
import os
from collections.abc import Mapping
from typing import Any

from nbar._errors import refusal, shown

# Arguments whose values by name are joined by these.
_PAIRS = {"fix": "=", "set": "=", "tie": "=", "bound": "=", "prior": "=", "columns": "=", "batch_ramp": ":"}

# Arguments that are True or False.
_SWITCHES = ("no_diagnostics", "profile", "rolling", "bend")

# Arguments that may be several values.
_LISTS = (
    "flops", "loss", "sparsity", "where", "share", "laws", "sizes", "compare", "trajectories", "pair", "prune_window", "tie",
)

# Arguments that are whole numbers.
_COUNTS = ("seed", "vocabulary", "new_runs", "jobs", "folds", "bootstrap", "simulations", "points")

# Arguments whose values may be written with an underscore for a hyphen.
_HYPHENS = ("on", "loss_at", "annealing")

# Arguments that name a group, which may be a truth.
_GROUPS = ("group", "baseline")

# What to give for an argument that is no number and no text.
_REMEDIES = {
    "where": 'give conditions as texts, such as "loss<9", or the rows to keep: data[mask]',
    "weight": 'give a power of a count, such as "flops:0.5", or the name of a column of weights',
    "fix": 'give a number, such as {"E": fit.parameters["E"].estimate}',
    "set": 'give a number, such as {"E": fit.parameters["E"].estimate}',
    "prior": 'give its centre and one standard deviation: {"E": (1.5, 0.1)}',
    "bound": 'give both ends, None where it is open: {"beta": (0.1, 1)}',
    "prune_window": "give both ends: (0.1, 0.5)",
}


class _Unfit(TypeError):
    """What an argument cannot be, and what to give."""

    def __init__(self, problem: str, remedy: str | None = None) -> None:
        super().__init__(problem)
        self.remedy = remedy


def _is_truth(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")


def text(value: Any) -> str:
    """Write one value as the command reads it."""
    if isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    if isinstance(value, (str, bytes, os.PathLike)):
        return os.fsdecode(value)
    if _is_truth(value):
        raise _Unfit(f"{value} is no number and no text")
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    raise _Unfit(f"{shown(value)} is no number and no text")


def _two(value: Any) -> tuple[Any, Any]:
    try:
        one, other = value
    except (TypeError, ValueError):
        raise _Unfit(f"{shown(value)} is no pair") from None
    return one, other


def _range(ends: Any) -> str:
    return "..".join("" if end is None else text(end) for end in _two(ends))


def _pair(command: str, name: str, key: Any, value: Any) -> str:
    if name == "bound" and not isinstance(value, str):
        value = _range(value)
    if name == "prior" and not isinstance(value, str):
        value = "+-".join(map(text, _two(value)))
    if name == "fix" and isinstance(value, (list, tuple)):
        if command != "predict":
            raise _Unfit(f"'{key}' has several values", "give one; Fit.predict takes several")
        value = ",".join(map(text, value))
    value = text(value)
    if name == "columns" and "," in value:
        value = f'"{value}"'
    return f"{text(key)}{_PAIRS[name]}{value}"


def _count(value: Any) -> str:
    """Write a whole number."""
    is_whole = isinstance(value, numbers.Real) and float(value).is_integer() and float(value) >= 0
    if isinstance(value, numbers.Real) and not is_whole and not _is_truth(value):
        raise _Unfit("it is no count", "give a whole number, 0 or more")
    return str(int(value)) if is_whole and not _is_truth(value) else text(value)


def _written(command: str, name: str, value: Any) -> str:
    """Write what an argument is."""
    if isinstance(value, Mapping):
        if name not in _PAIRS:
            raise _Unfit("it is a mapping")
        if not value:
            raise _Unfit("it is empty", "leave it out")
        return ",".join(_pair(command, name, key, part) for key, part in value.items())
    if name == "prune_window" and not isinstance(value, str):
        return _range(value)
    if name == "tie" and not isinstance(value, str):
        if not hasattr(value, "__iter__"):
            raise _Unfit(f"{shown(value)} is no pair")
        return ",".join(part if isinstance(part, str) else "=".join(map(text, _two(part))) for part in value)
    if name == "bend" and _is_truth(value):
        return "on" if value else "off"
    if name in _SWITCHES and not (name == "bend" and isinstance(value, str)):
        raise _Unfit("it is neither true nor false", "give True or False")
    if value is False and name == "bootstrap":
        raise _Unfit("it is no count", "write 0 for no bootstrap")
    if name in _GROUPS and _is_truth(value):
        return str(value).lower()
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        # A number that numpy, or what is like it, holds without an axis.
        value = value.item()
    if hasattr(value, "__iter__") and not isinstance(value, (str, bytes, bytearray, memoryview)):
        if name not in _LISTS:
            raise _Unfit("it is several values", _REMEDIES.get(name, "give one"))
        return ",".join(text(part) for part in value)
    if name in _COUNTS:
        return _count(value)
    return text(value).replace("_", "-") if name in _HYPHENS else text(value)


def words(command: str, arguments: Mapping[str, Any], positional: list[str]) -> list[str]:
    """Write a command with its arguments by keyword; those that are None, and switches that are False, are left out."""
    said = [command]
    for name, value in arguments.items():
        flag = "--" + name.replace("_", "-")
        # A bend is the one switch that can be turned off.
        is_switch = name in _SWITCHES and name != "bend" and _is_truth(value)
        if value is None or (is_switch and not value):
            continue
        if is_switch:
            said.append(flag)
            continue
        parts = value if name in ("where", "trajectories") and isinstance(value, (list, tuple)) else [value]
        try:
            said.extend(f"{flag}={_written(command, name, part)}" for part in parts)
        except _Unfit as error:
            remedy = error.remedy or _REMEDIES.get(name, "give a number or a text")
            raise refusal(f"{name} cannot be {shown(value)}: {error}", remedy) from None
    return [*said, "--", *positional]


def as_json(given: Any, what: str) -> str:
    """Write values as JSON, those of numpy too."""

    def plain(value: Any) -> Any:
        if hasattr(value, "tolist"):
            return value.tolist()
        problem = f"{what} has a value of type {type(value).__name__}"
        raise refusal(problem, "give numbers, texts, lists and mappings")

    return json.dumps(given, default=plain)


def parameters(given: Any) -> list[str]:
    """Write the parameters of a tool's schedule, each as JSON but for texts."""
    if not isinstance(given, Mapping):
        problem = f"parameters is of type {type(given).__name__}"
        raise refusal(problem, "give a mapping of the tool's parameters by name")
    return [f"{name}={value if isinstance(value, str) else as_json(value, name)}" for name, value in given.items()]
