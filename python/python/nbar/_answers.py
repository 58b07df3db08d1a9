"""Answers: documents whose fields are attributes, and lists of them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any, overload

from nbar import _nbar


class Answer(Mapping[str, Any]):
    """A document of nbar: its fields are attributes, and keys.

    It is the JSON document that the command prints. Numbers that are not finite are None, and intervals are lists of two.
    A ``message`` names arguments of Python; in ``document`` it is as the command prints it.

    Attributes
    ----------
    document : dict
        All of it, as plain objects.
    said : list of str
        What the command said besides.
    is_trustworthy : bool
        Whether the fits behind it are to be trusted; the warnings say why not.

    Examples
    --------
    >>> import nbar
    >>> run = nbar.schedule(params="1B", tokens="20B", shape="linear", final_sparsity=0.5,
    ...                     start=0, end=1, unit="fraction")
    >>> run.average_params == run["average_params"] == 0.75e9
    True
    """

    def __init__(self, document: dict[str, Any], said: list[str] | None = None, is_trustworthy: bool = True) -> None:
        self.document = document
        self.said = said or []
        self.is_trustworthy = is_trustworthy

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "document":
            raise AttributeError(name)
        try:
            return _seen(self.document[name], name)
        except KeyError:
            known = ", ".join(self.document)
            raise AttributeError(f"the answer has no field '{name}'; it has {known}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.document]

    def __getitem__(self, name: str) -> Any:
        return _seen(self.document[name], name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    def __len__(self) -> int:
        return len(self.document)

    def __repr__(self) -> str:
        rows = [(name, value) for name, value in _rows(self.document, "") if name != "schema"]
        width = max((len(name) for name, _ in rows), default=0)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def _repr_html_(self) -> str:
        rows = [(name, value) for name, value in _rows(self.document, "") if name != "schema"]
        cells = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(v)}</td></tr>" for n, v in rows)
        return f"<table>{cells}</table>"

    def to_dict(self) -> dict[str, list[Any]]:
        """Its numbers and texts as columns of one row; intervals are two columns, ``_lower`` and ``_upper``."""
        return Answers([self]).to_dict()

    def to_polars(self) -> Any:
        """Its numbers and texts as a polars frame of one row."""
        return Answers([self]).to_polars()

    def to_pandas(self) -> Any:
        """Its numbers and texts as a pandas frame of one row."""
        return Answers([self]).to_pandas()


class Answers(list[Answer]):
    """A list of documents, which makes a frame: a row for each."""

    @overload
    def __init__(self, of: list[Answer]) -> None: ...
    @overload
    def __init__(self, of: list[Answer], said: list[str], is_trustworthy: bool) -> None: ...
    def __init__(self, of: list[Answer], said: list[str] | None = None, is_trustworthy: bool = True) -> None:
        super().__init__(of)
        self.said = said or []
        self.is_trustworthy = is_trustworthy

    @property
    def document(self) -> list[dict[str, Any]]:
        """All of it, as plain objects."""
        return [answer.document for answer in self]

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns of numbers and texts; intervals are two columns, ``_lower`` and ``_upper``."""
        rows = [dict(_flat(answer.document, "")) for answer in self]
        names = dict.fromkeys(name for row in rows for name in row if name != "schema")
        return {name: [row.get(name) for row in rows] for name in names}

    def to_polars(self) -> Any:
        """A polars frame with a row for each."""
        import polars

        return polars.DataFrame(self.to_dict())

    def to_pandas(self, index: Any = None) -> Any:
        """A pandas frame with a row for each."""
        import pandas  # type: ignore[import-untyped, unused-ignore]

        return pandas.DataFrame(self.to_dict(), index=index)

    def __repr__(self) -> str:
        return _table(self.to_dict())

    def _repr_html_(self) -> str:
        columns = self.to_dict()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_short(cell))}</td>" for cell in row) + "</tr>"
            for row in zip(*columns.values())
        )
        return f"<table><tr>{head}</tr>{rows}</table>"


def _seen(value: Any, name: str = "") -> Any:
    """A part of a document, with attributes for its fields; sentences name arguments in place of fields."""
    if name == "message":
        return _nbar.spoken("fit", value)
    if isinstance(value, dict):
        return Answer(value)
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return Answers([Answer(part) for part in value])
    return value


def answer(document: Any, said: list[str], is_trustworthy: bool) -> Any:
    """An answer, or several."""
    if isinstance(document, list):
        return Answers([Answer(part) for part in document], said, is_trustworthy)
    return Answer(document, said, is_trustworthy)


def _is_interval(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and not any(isinstance(end, (list, dict, str)) for end in value)


def _flat(value: dict[str, Any], stem: str) -> Iterator[tuple[str, Any]]:
    """Numbers and texts by one name each."""
    for name, part in value.items():
        # An estimate is called by what is estimated.
        whole = stem if name == "estimate" and stem else f"{stem}_{name}" if stem else name
        if isinstance(part, dict):
            yield from _flat(part, whole)
        elif _is_interval(part):
            base = whole.removesuffix("_interval")
            yield f"{base}_lower", part[0]
            yield f"{base}_upper", part[1]
        elif not isinstance(part, list):
            yield whole, part


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.5g}"
    return "" if value is None else str(value)


def _rows(value: dict[str, Any], stem: str) -> Iterator[tuple[str, str]]:
    """Lines of a document: estimates stand with their intervals."""
    for name, part in value.items():
        whole = f"{stem}.{name}" if stem else name
        if isinstance(part, dict) and "estimate" in part and _is_interval(part.get("interval")):
            least, most = map(_short, part["interval"])
            yield whole, f"{_short(part['estimate'])}  [{least}, {most}]"
        elif isinstance(part, dict):
            yield from _rows(part, whole)
        elif _is_interval(part):
            yield whole, "[{}, {}]".format(*map(_short, part))
        elif isinstance(part, list) and part and isinstance(part[0], dict):
            if name == "warnings":
                yield from (("warning", _nbar.spoken("fit", str(one.get("message", "")))) for one in part)
            else:
                yield whole, f"a list of {len(part)}"
        elif isinstance(part, list):
            yield whole, ", ".join(map(_short, part))
        elif part is not None:
            yield whole, _short(part)


def _table(columns: dict[str, list[Any]]) -> str:
    """Columns as lines of text: of few answers a line for each field, of many one for each answer."""
    cells = [[name, *map(_short, column)] for name, column in columns.items()]
    if cells and len(cells[0]) <= len(cells):
        cells = [list(row) for row in zip(*cells)]
    widths = [max(map(len, column)) for column in cells]
    return "\n".join("  ".join(f"{c:>{w}}" for c, w in zip(row, widths)) for row in zip(*cells))
