"""Frames, columns and paths, as the command reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from nbar import _nbar
from nbar._errors import DataError, Error, refusal, shown
from nbar._laws import Law
from nbar._words import text

PATHS = (str, bytes, os.PathLike)


# What a table may be.
GIVE = "give a frame, a path or a mapping of columns"


def _path(path: str, argument: str) -> str:
    """A path that the command can read."""
    try:
        path.encode()
    except UnicodeError:
        raise refusal(f"{argument} is a path that is no Unicode: {path!r}", "rename the file, or give its frame") from None
    if path.lower().endswith(".parquet"):
        raise refusal(f"{path} is a Parquet file", f"give its frame: pandas.read_parquet({path!r})", DataError)
    return path


def is_table(data: Any) -> bool:
    """Whether something is a frame or a mapping of columns."""
    return hasattr(data, "__arrow_c_stream__") or isinstance(data, Mapping) or _is_frame(data)


def _is_frame(data: Any) -> bool:
    # A lazy frame of polars works out its columns where an instance is asked for them.
    return hasattr(type(data), "columns") and hasattr(data, "__getitem__")


def table(data: Any) -> _nbar.Table:
    """Hand over a frame, or a mapping of columns."""
    if not hasattr(data, "__arrow_c_stream__") and callable(getattr(data, "collect", None)):
        # A lazy frame.
        data = data.collect()
    if hasattr(data, "__arrow_c_stream__"):
        try:
            return _nbar.Table.of_stream(data.__arrow_c_stream__())
        except Exception:
            # pandas makes the stream by pyarrow, which may not be there, or not take a column and say so in errors of its own; polars writes
            # columns of nulls alone in its own way.
            if not _is_frame(data):
                raise refusal(f"a {type(data).__name__} is no table", GIVE) from None
    if _is_frame(data) and not isinstance(data, Mapping):
        names = list(data.columns)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise refusal(f"two columns are called '{twice}'", "rename one of them, or leave it out", DataError)
        data = {name: _flat(data[name]) for name in names}
    _check_rows(data)
    try:
        return _nbar.Table.of_columns((str(name), *_column(str(name), values)) for name, values in data.items())
    except ValueError as error:
        if isinstance(error, Error):
            raise
        problem, _, remedy = str(error).partition("; ")
        raise refusal(problem, remedy or GIVE, DataError) from None


def _flat(values: Any) -> Any:
    """A column of a frame, its cells as texts where they hold more than one value or NumPy has no such number."""
    import numpy as np

    try:
        array = np.asarray(values)
        if array.ndim == 1 and (array.dtype.kind != "O" or not any(map(_is_nested, array))):
            return values if array.dtype.kind != "c" else [str(value) for value in array]
    except Exception:
        pass
    each = values.to_list() if hasattr(values, "to_list") else list(values)
    return [str(value) if _is_nested(value) else value for value in each]


def _is_nested(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def _check_is_no_rows(data: Any, argument: str) -> None:
    """Refuse a list of rows."""
    rows = data if isinstance(data, (list, tuple)) else ()
    if rows and all(isinstance(row, Mapping) and not any(hasattr(v, "__len__") and not isinstance(v, str) for v in row.values()) for row in rows):
        raise refusal(f"{argument} is a list of rows", f"give columns: pandas.DataFrame({argument})")


def _check_rows(columns: Mapping[Any, Any]) -> None:
    """Refuse Series of pandas with different indexes: a frame would pair their rows by these, and lists by place."""
    indexes: list[Any] = [getattr(values, "index", None) for values in columns.values()]
    indexes = [index for index in indexes if hasattr(index, "equals")]
    if any(not index.equals(indexes[0]) for index in indexes[1:]):
        remedy = "pair their rows first: pandas.DataFrame(columns)"
        raise refusal("the columns have different indexes", remedy, DataError)


def _column(name: str, values: Any) -> tuple[str, Any]:
    """The kind and the values of a column."""
    import numpy as np

    if isinstance(values, np.ma.MaskedArray):
        # What is masked is not there.
        values = values.tolist()
    try:
        array = np.asarray(values)
    except UnicodeError:
        # Bytes among texts.
        array = np.asarray(values, dtype=object)
    if array.ndim != 1:
        is_value = array.ndim == 0 and (isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"))
        what = "one value" if is_value else shown(values) if array.ndim == 0 else f"of {array.ndim} dimensions"
        raise refusal(f"column '{name}' is {what}", "give a list, or an array of one dimension", DataError)
    kind = array.dtype.kind
    if kind == "f" and array.dtype.itemsize == 4:
        return "f4", array.astype("=f4", copy=False).tobytes()
    if kind == "f":
        return "f8", array.astype("=f8", copy=False).tobytes()
    if kind in "iu" and array.dtype != np.uint64:
        return "i8", array.astype("=i8", copy=False).tobytes()
    if kind in "US" and not isinstance(values, np.ndarray):
        # Lists of numbers and texts keep the numbers as they are.
        array = np.asarray(values, dtype=object)
    return "U", _cells(name, array.tolist())


def _cells(name: str, values: list[Any]) -> list[str | None]:
    """The texts of a column."""
    cells: list[str | None] = []
    for value in values:
        try:
            cell = _cell(value)
            if cell is not None and not cell.isascii():
                cell.encode()
        except UnicodeError:
            problem = f"column '{name}' has a text that is no Unicode, at position {len(cells)}"
            raise refusal(problem, "mend that text, or leave its row out", DataError) from None
        cells.append(cell)
    return cells


def _cell(value: Any) -> str | None:
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode()
    try:
        return text(value)
    except TypeError:
        return str(value)


class Inputs:
    """What a command is given: words that stand for files, and what is behind them."""

    def __init__(self) -> None:
        self.tables: dict[str, _nbar.Table] = {}
        self.fits: dict[str, _nbar.Fit] = {}
        self.laws: dict[str, _nbar.Law] = {}

    def law(self, law: Any) -> Any:
        """Name a law of Python; names and formulas stay what they are."""
        if isinstance(law, Law):
            if law.name in self.laws:
                raise refusal(f"two laws have the name '{law.name}'", "give one of them another")
            self.laws[law.name] = law._made()
            return law.name
        if callable(law):
            raise refusal("law is a function", "give nbar.Law(name, loss, jacobian, parameters)")
        if isinstance(law, str):
            # Names may be written as Python writes them.
            named = {name.replace("-", "_"): name for name in _nbar.laws()}
            return ",".join(named.get(part.strip(), part) for part in law.split(","))
        return [self.law(part) for part in law] if isinstance(law, (list, tuple)) else law

    def sweep(self, data: Any, argument: str = "data") -> list[str]:
        """Name the tables of a sweep: one, or a list of them."""
        each = list(data) if isinstance(data, (list, tuple)) else [data]
        if not each:
            raise refusal(f"{argument} is empty", GIVE)
        _check_is_no_rows(data, argument)
        return [self.one(part, argument, "frame" if len(each) == 1 else f"frame {i}") for i, part in enumerate(each, 1)]

    def one(self, data: Any, argument: str, name: str, json: bool = False) -> str:
        """Name a table, or take the path of one."""
        if isinstance(data, PATHS):
            return _path(os.fsdecode(data), argument)
        if isinstance(data, _nbar.Table):
            self.tables[name] = data
        elif is_table(data):
            self.tables[name] = table(data)
        else:
            _check_is_no_rows(data, argument)
            raise refusal(f"{argument} is of type {type(data).__name__}", GIVE)
        return name

    def text(self, content: str, name: str) -> str:
        """Name a text in place of a file."""
        self.tables[name] = _nbar.Table.of_text(content)
        return name

    def fit(self, fit: _nbar.Fit, name: str = "fit") -> str:
        """Name a fit."""
        self.fits[name] = fit
        return name
