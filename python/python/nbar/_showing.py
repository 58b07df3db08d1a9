"""Documents as lines of text, and as rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbar import _nbar

# A table of records is no wider, a text in it no longer, and it has no more rows. Of estimates it has no errors and intervals.
WIDTH, LONGEST, ROWS = 110, 24, 12
UNCERTAIN = ("_std_error", "_lower", "_upper")


# What schedules of one kind span: these are two ends as well.
SPANS = ("average_density", "pruned")


def is_interval(name: str, value: Any) -> bool:
    """Whether a part of a document is two ends, by its name; two numbers alone may be something else."""
    return ("interval" in name or name in SPANS) and isinstance(value, list) and len(value) == 2


def short(value: Any) -> str:
    """A number or a text, as tables show it."""
    if isinstance(value, float):
        return f"{value:.5g}"
    return "" if value is None else str(value)


def ends(interval: list[Any]) -> list[str]:
    """Both ends of an interval, which may be open."""
    return [short(end) if end is not None else open_end for end, open_end in zip(interval, ("-inf", "inf"))]


def _bracketed(interval: list[Any]) -> str:
    return "[{}, {}]".format(*ends(interval))


def spoken(name: str, value: Any) -> Any:
    """A part of a document; sentences name arguments in place of fields."""
    return _nbar.spoken("fit", value) if name in ("message", "remedy") and isinstance(value, str) else value


def flat(value: dict[str, Any], stem: str = "") -> Iterator[tuple[str, Any]]:
    """Numbers and texts by one name each."""
    for name, part in value.items():
        # An estimate is called by what is estimated.
        whole = stem if name == "estimate" and stem else f"{stem}_{name}" if stem else name
        if isinstance(part, dict):
            yield from flat(part, whole)
        elif is_interval(name, part):
            base = whole.removesuffix("_interval")
            yield f"{base}_lower", part[0]
            yield f"{base}_upper", part[1]
        elif not isinstance(part, list) and whole != "schema":
            yield whole, spoken(name, part)


def messages(warnings: list[dict[str, Any]]) -> list[str]:
    """The sentences of warnings."""
    return [spoken("message", str(one.get("message", ""))) for one in warnings]


def columns(documents: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Documents as columns."""
    rows = [dict(flat(document)) for document in documents]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def lines(document: dict[str, Any], stem: str = "") -> Iterator[tuple[str, str]]:
    """Lines of a document but for its lists of records; estimates stand with their intervals."""
    for name, part in document.items():
        whole = f"{stem}.{name}" if stem else name
        if whole == "schema":
            continue
        if isinstance(part, dict) and "estimate" in part and is_interval("interval", part.get("interval")):
            # Without draws there is no interval.
            has_interval = any(end is not None for end in part["interval"]) or part.get("std_error") is not None
            interval = f"  {_bracketed(part['interval'])}" if has_interval else ""
            yield whole, short(part["estimate"]) + interval
        elif isinstance(part, dict):
            yield from lines(part, whole)
        elif is_interval(name, part):
            if any(end is not None for end in part):
                yield whole, _bracketed(part)
        elif _is_told(part):
            yield from (("warning" if name == "warnings" else whole, message) for message in messages(part))
        elif _is_records(part):
            continue
        elif isinstance(part, list):
            if part:
                yield whole, ", ".join(map(short, part))
        elif part is not None:
            yield whole, short(part)


def records(document: dict[str, Any], stem: str = "") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lists of records of a document, but for those that are sentences."""
    for name, part in document.items():
        whole = f"{stem}.{name}" if stem else name
        if isinstance(part, dict):
            yield from records(part, whole)
        elif _is_records(part) and not _is_told(part):
            yield whole, part


def _is_records(part: Any) -> bool:
    return isinstance(part, list) and bool(part) and isinstance(part[0], dict)


def _is_told(part: Any) -> bool:
    """Whether records are warnings or findings, each with a sentence."""
    return _is_records(part) and "message" in part[0]


def shown(document: dict[str, Any]) -> str:
    """A document: a line for each of its parts, and a small table for each list of records."""
    pairs = list(lines(document))
    width = max((len(name) for name, _ in pairs), default=0)
    text = "\n".join(f"{name:<{width}}  {value}" for name, value in pairs)
    tables = (f"\n\n{name}:\n{small(found)}" for name, found in records(document))
    return (text + "".join(tables)).lstrip("\n")


def small(documents: list[dict[str, Any]]) -> str:
    """A table of records: the columns that fit, and the first rows."""
    found = columns(documents)
    told = {name: column for name, column in found.items() if any(cell is not None for cell in column)}
    fitting: list[list[str]] = []
    used = 0
    for name, column in told.items():
        cells = [name, *map(short, column[:ROWS])]
        wide = max(map(len, cells)) + 2
        if not name.endswith(UNCERTAIN) and max(map(len, cells[1:])) <= LONGEST and used + wide <= WIDTH:
            fitting.append(cells)
            used += wide
    more = [(len(documents) - ROWS, "row"), (len(told) - len(fitting), "column")]
    rest = " and ".join(f"{count} more {what}{'s' if count > 1 else ''}" for count, what in more if count > 0)
    return _aligned(fitting) + (f"\n... {rest}" if rest else "")


def table(found: dict[str, list[Any]]) -> str:
    """Columns as lines of text: of few answers a line for each field, of many one for each answer."""
    cells = [[name, *map(short, column)] for name, column in found.items()]
    # A command to be pasted makes a table as wide as it is.
    rest = "\n... not shown: command" if "command" in found else ""
    cells = [of for of in cells if of[0] != "command"]
    if cells and len(cells[0]) <= len(cells):
        cells = [list(row) for row in zip(*cells)]
    return _aligned(cells) + rest


def _aligned(cells: list[list[str]]) -> str:
    """Columns of texts, each as wide as its widest."""
    widths = [max(map(len, column)) for column in cells]
    return "\n".join("  ".join(f"{c:>{w}}" for c, w in zip(row, widths)) for row in zip(*cells))
