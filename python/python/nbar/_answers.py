"""Answers: documents whose fields are attributes, and lists of them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any, SupportsIndex, overload

from nbar import _showing


class Answer(Mapping[str, Any]):
    """A document of nbar: its fields are attributes, and keys.

    It is the JSON document that the command prints. Numbers that are not finite are None, and intervals are lists of two.
    A ``message`` names arguments of Python; in ``document`` it is as the command prints it. The field ``values`` of a
    candidate is a key alone: a mapping has a method of that name.

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
        return _showing.shown(self.document)

    def _repr_html_(self) -> str:
        rows = _showing.lines(self.document)
        cells = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(v)}</td></tr>" for n, v in rows)
        tables = (
            f"<p>{html.escape(name)}</p><pre>{html.escape(_showing.small(found))}</pre>"
            for name, found in _showing.records(self.document)
        )
        return f"<table>{cells}</table>{''.join(tables)}"

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

    @overload
    def __getitem__(self, place: SupportsIndex) -> Answer: ...
    @overload
    def __getitem__(self, place: slice) -> Answers: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Answer | Answers:
        if isinstance(place, slice):
            return Answers(super().__getitem__(place), self.said, self.is_trustworthy)
        return super().__getitem__(place)

    @property
    def document(self) -> list[dict[str, Any]]:
        """All of it, as plain objects."""
        return [answer.document for answer in self]

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns of numbers and texts; intervals are two columns, ``_lower`` and ``_upper``."""
        return _showing.columns(self.document)

    def to_polars(self) -> Any:
        """A polars frame with a row for each."""
        import polars

        return polars.DataFrame(self.to_dict())

    def to_pandas(self, index: Any = None) -> Any:
        """A pandas frame with a row for each."""
        import pandas  # type: ignore[import-untyped, unused-ignore]

        return pandas.DataFrame(self.to_dict(), index=index)

    def __repr__(self) -> str:
        # What documents list, as the rows of a comparison, has no place in a table of them.
        if any("message" not in one and any(_showing.records(one)) for one in self.document):
            return "\n\n".join(map(_showing.shown, self.document))
        return _showing.table(self.to_dict())

    def _repr_html_(self) -> str:
        columns = self.to_dict()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_showing.short(cell))}</td>" for cell in row) + "</tr>"
            for row in zip(*columns.values())
        )
        return f"<table><tr>{head}</tr>{rows}</table>"


def _seen(value: Any, name: str = "") -> Any:
    """A part of a document, with attributes for its fields; sentences name arguments in place of fields."""
    if isinstance(value, dict):
        return Answer(value)
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return Answers([Answer(part) for part in value])
    return _showing.spoken(name, value)


def answer(document: Any, said: list[str], is_trustworthy: bool) -> Any:
    """An answer, or several."""
    if isinstance(document, list):
        return Answers([Answer(part) for part in document], said, is_trustworthy)
    return Answer(document, said, is_trustworthy)
