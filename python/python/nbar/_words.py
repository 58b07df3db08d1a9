"""From the arguments of a function to the words of the command."""

from __future__ import annotations

import json
import numbers
import os
from collections.abc import Mapping
from typing import Any

# Arguments whose values by name are joined by these.
_PAIRS = {"fix": "=", "set": "=", "tie": "=", "bound": "=", "prior": "=", "columns": "=", "batch_ramp": ":"}

# Arguments that are True or False.
_SWITCHES = ("no_diagnostics", "profile", "rolling", "bend")


def _is_truth(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")


def text(value: Any) -> str:
    """Write one value as the command reads it."""
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if _is_truth(value):
        raise TypeError(f"{value} is no number and no text")
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    raise TypeError(f"{value!r} is no number and no text")


def _range(ends: Any) -> str:
    least, most = ends
    return "..".join("" if end is None else text(end) for end in (least, most))


def _pair(name: str, key: Any, value: Any) -> str:
    if name == "bound" and not isinstance(value, str):
        value = _range(value)
    if name == "prior" and not isinstance(value, str):
        centre, width = value
        value = f"{text(centre)}+-{text(width)}"
    value = text(value)
    if name == "columns" and "," in value:
        value = f'"{value}"'
    return f"{text(key)}{_PAIRS[name]}{value}"


def _written(name: str, value: Any) -> str:
    """Write what an argument is."""
    if isinstance(value, Mapping):
        if name not in _PAIRS:
            raise TypeError(f"{name} takes no mapping")
        if not value:
            raise TypeError("it is empty; leave it out")
        return ",".join(_pair(name, key, part) for key, part in value.items())
    if name == "prune_window" and not isinstance(value, str):
        return _range(value)
    if name == "tie" and not isinstance(value, str):
        return ",".join(part if isinstance(part, str) else "=".join(map(text, part)) for part in value)
    if name == "bend" and _is_truth(value):
        return "on" if value else "off"
    if value is False and name == "bootstrap":
        raise TypeError("write 0 for no bootstrap")
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return ",".join(text(part) for part in value)
    return text(value)


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
            said.extend(f"{flag}={_written(name, part)}" for part in parts)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{name} cannot be {value!r}: {error}") from None
    return [*said, "--", *positional]


def parameters(given: Mapping[str, Any]) -> list[str]:
    """Write the parameters of a tool's schedule, each as JSON but for texts."""
    if not isinstance(given, Mapping):
        raise TypeError(f"parameters is of type {type(given).__name__}; give a mapping of the tool's parameters by name")
    return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in given.items()]
