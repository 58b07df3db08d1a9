"""Laws that are functions of Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbar import _nbar
from nbar._errors import LawError, refusal, shown

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Rows and points at which the functions are checked, and half the step of a central difference: the cube root of rounding.
ROWS, POINTS, STEP = 64, 12, 6e-6
# Largest differences, in losses: of derivatives (the square of the step times third derivatives), and of what is linear.
SLOPES, LINEAR = 1e-6, 1e-9


class Law:
    """A law that Python functions say, for what a formula as text cannot.

    Both functions are called with arrays of the inputs and then with the parameters, each in its own unit:
    ``loss(N, D, E, A, alpha)``. They get some rows at a time, so that the loss of a row must not depend on other rows.
    Before a fit both are called on the table: derivatives must agree with differences of the losses.

    Parameters
    ----------
    name : str
        Its name, in answers and saved fits.
    loss : callable
        Gives the loss L of each row: an array of float64.
    jacobian : callable
        Gives dL/dp: an array of the rows, or a number, for each parameter p, in their order.
    parameters : mapping of str to (float, float)
        Ranges in which the search starts; fits may end beyond. A range above 0 keeps its parameter above 0, and the
        fit takes its logarithm. Other parameters may have either sign.
    inputs : sequence of str, optional
        What it reads: N (parameters), D (tokens), unique_tokens, initial_params, final_params, flops, or columns of
        the table. The default is N and D.
    formula : str, optional
        How answers write it.

    Raises
    ------
    OptionError
        If there is no such law; the message says what to give.

    Examples
    --------
    >>> import nbar, numpy as np
    >>> def loss(N, D, E, A, alpha):
    ...     return E + A * N**-alpha
    >>> def jacobian(N, D, E, A, alpha):
    ...     return 1.0, N**-alpha, -A * N**-alpha * np.log(N)
    >>> law = nbar.Law("sizes", loss, jacobian, {"E": (0.5, 3), "A": (1, 1e5), "alpha": (0.05, 1)})
    >>> n = np.geomspace(1e7, 1e10, 12)
    >>> table = {"params": n, "tokens": 20 * n, "loss": loss(n, 20 * n, 1.8, 400, 0.3)}
    >>> fit = nbar.fit(table, law=law, bootstrap=0)
    >>> round(fit.parameters["alpha"].estimate, 6)
    0.3
    """

    def __init__(
        self,
        name: str,
        loss: Callable[..., Any],
        jacobian: Callable[..., Any],
        parameters: Mapping[str, tuple[float, float]],
        inputs: Sequence[str] = ("N", "D"),
        formula: str | None = None,
    ) -> None:
        if not isinstance(parameters, Mapping):
            raise refusal(f"parameters {shown(parameters)} is no mapping", 'give a range for each: {"E": (0.5, 3)}')
        self.name, self.loss, self.jacobian, self.inputs = name, loss, jacobian, _names("inputs", inputs)
        self.parameters = {key: _ends(key, parameters[key]) for key in _names("parameters", parameters)}
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][\w.-]*", name):
            raise refusal(f"name {name!r} is no name", "give letters, digits, hyphens and underscores, a letter first")
        for what, function in (("loss", loss), ("jacobian", jacobian)):
            if not callable(function):
                raise refusal(f"{what} of law '{name}' is no function", "give a function of the inputs and the parameters")
        if "loss" in (part.lower() for part in self.inputs):
            raise refusal("inputs has the loss, which is what a law says and no input of it", "leave it out")
        both = [key for key in self.parameters if key in self.inputs]
        if both:
            raise refusal(f"'{both[0]}' is an input and a parameter", "give one of them another name")
        self.formula = formula or f"L = {name}({', '.join(self.inputs)}; {', '.join(self.parameters)})"
        if name.replace("_", "-") in _nbar.laws():
            raise refusal(f"name '{name}' is that of a law of nbar", "give another name")

    def __repr__(self) -> str:
        return f"Law({self.formula!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.loss, self.jacobian, self.parameters, self.inputs, self.formula)

    def _made(self) -> _nbar.Law:
        """Hand it over."""
        ranges = [(key, *ends) for key, ends in self.parameters.items()]
        return _nbar.Law(self.name, self.formula, self.inputs, ranges, self)

    def _evaluate(self, inputs: Sequence[bytes], parameters: bytes) -> tuple[bytes, list[bytes]]:
        """Call both functions for the engine, which gives and takes bytes of float64."""
        import numpy as np

        columns, values = [np.frombuffer(column) for column in inputs], np.frombuffer(parameters)
        return self._losses(columns, values).tobytes(), [slope.tobytes() for slope in self._slopes(columns, values)]

    def _check(self, inputs: Sequence[bytes]) -> list[bool]:
        """Check both functions on the columns of a table, and say in which parameters the loss is linear at once."""
        import numpy as np

        whole = [np.frombuffer(column) for column in inputs]
        rows = np.unique(np.linspace(0, len(whole[0]) - 1, min(ROWS, len(whole[0]))).astype(int))
        columns = [column[rows] for column in whole]
        points: list[Any] = []
        bad: tuple[Any, int, float] | None = None
        for point in self._points():
            losses = self._losses(columns, point)
            wrong = np.flatnonzero(~(np.isfinite(losses) & (losses > 0)))
            if not len(wrong):
                points.append(point)
            elif bad is None:
                bad = (point, int(wrong[0]), float(losses[wrong[0]]))
        if not points:
            assert bad is not None
            raise self._error(
                f"loss is {bad[2]:g} at {self._at(columns, bad[0], bad[1])}, and at no point of the ranges a loss for every row",
                "give a finite loss above 0 there, or other ranges of the parameters",
            )
        for point in points[:4]:
            self._check_rows(columns, point)
            self._check_slopes(columns, point)
        linear: list[int] = []
        for j, (low, _) in enumerate(self.parameters.values()):
            if low > 0 and all(self._is_linear(columns, point, [*linear, j]) for point in points[:4]):
                linear.append(j)
        return [j in linear for j in range(len(self.parameters))]

    def _losses(self, columns: list[Any], values: Any) -> npt.NDArray[np.float64]:
        found = self._called("loss", self.loss, columns, values)
        return self._column("loss", found, columns)

    def _slopes(self, columns: list[Any], values: Any) -> list[npt.NDArray[np.float64]]:
        found = self._called("jacobian", self.jacobian, columns, values)
        names = list(self.parameters)
        if not hasattr(found, "__len__") or len(found) != len(names):
            has = f"{len(found)} parts" if hasattr(found, "__len__") else f"a {type(found).__name__}"
            remedy = f"return one array for each parameter: {', '.join(names)}"
            shape: tuple[int, ...] = getattr(found, "shape", ())
            if len(shape) == 2 and shape[1] == len(names):
                remedy += "; that is its transpose, .T"
            raise self._error(f"jacobian gives {has}, where the law has {len(names)} parameters", remedy)
        return [self._column(f"jacobian, d/d{name}", part, columns) for name, part in zip(names, found)]

    def _called(self, what: str, function: Callable[..., Any], columns: list[Any], values: Any) -> Any:
        import numpy as np

        try:
            with np.errstate(all="ignore"):
                return function(*columns, *values)
        except ArithmeticError:
            # As where NumPy divides by zero: there is no loss.
            nothing = np.full(len(columns[0]), np.nan)
            return nothing if what == "loss" else [nothing] * len(self.parameters)
        except Exception as raised:
            text = f"{what} raised {type(raised).__name__}: {raised}, at {self._at(columns, values, 0)}"
            remedy = "mend the function; it is called with an array for each input and then each parameter: " + ", ".join(
                [*self.inputs, *self.parameters]
            )
            raise self._error(text, remedy) from raised

    def _column(self, what: str, found: Any, columns: list[Any]) -> npt.NDArray[np.float64]:
        import numpy as np

        rows = len(columns[0])
        try:
            array = np.asarray(found)
        except Exception as raised:
            raise self._error(f"{what} gives no array", "return an array with a number for each row") from raised
        if array.dtype == np.float64 and array.shape == (rows,):
            return array
        if array.dtype.kind not in "fiu" or (array.dtype.kind == "f" and array.dtype.itemsize < 8):
            few = "which has too few digits for a fit" if array.dtype.kind == "f" else "which is no number"
            raise self._error(f"{what} gives {array.dtype}, {few}", "return float64")
        if array.shape not in ((rows,), (), (1,)):
            raise self._error(
                f"{what} gives shape {array.shape} for {rows} rows", f"return one number for each row: shape ({rows},)"
            )
        return np.full(rows, array, dtype=np.float64)

    def _points(self) -> list[Any]:
        """Points of the ranges, the middle first."""
        import numpy as np

        count, root = len(self.parameters), 2.0
        for _ in range(50):
            # Multiples of this root's powers fill the ranges evenly (Roberts, 2018).
            root = (1 + root) ** (1 / (count + 1))
        low, high = np.array(list(self.parameters.values())).T
        shares = (0.5 + np.outer(np.arange(POINTS), root ** -np.arange(1.0, count + 1))) % 1
        with np.errstate(all="ignore"):
            return list(np.where(low > 0, low * (high / low) ** shares, low + (high - low) * shares))

    def _check_rows(self, columns: list[Any], point: Any) -> None:
        import numpy as np

        rows = len(columns[0])
        halves = [part for part in (slice(0, rows // 2), slice(rows // 2, rows)) if part.start < part.stop]
        alone = np.concatenate([self._losses([column[part] for column in columns], point) for part in halves])
        losses = self._losses(columns, point)
        off = np.flatnonzero(~(np.abs(alone - losses) <= LINEAR * np.abs(losses)))
        if len(off):
            raise self._error(
                f"loss of a row depends on the other rows: {losses[off[0]]:g} or {alone[off[0]]:g} at {self._at(columns, point, off[0])}",
                "work each row out from its own inputs",
            )

    def _check_slopes(self, columns: list[Any], point: Any) -> None:
        import numpy as np

        slopes, sizes = self._slopes(columns, point), self._sizes(point)
        effects = np.abs([slope * size for slope, size in zip(slopes, sizes)])
        whole = np.max([*effects, np.abs(self._losses(columns, point))], axis=0)
        for j, name in enumerate(self.parameters):
            step = np.zeros(len(point))
            step[j] = STEP * sizes[j]
            difference = (self._losses(columns, point + step) - self._losses(columns, point - step)) / (2 * step[j])
            off = np.flatnonzero(~(np.abs(difference - slopes[j]) * sizes[j] <= SLOPES * whole))
            if len(off):
                row = off[0]
                raise self._error(
                    f"derivative in '{name}' is {slopes[j][row]:.6g} where the losses give {difference[row]:.6g}, "
                    f"at {self._at(columns, point, row)}",
                    f"mend the part of jacobian for '{name}': dL/d{name}, in the order {', '.join(self.parameters)}",
                )

    def _sizes(self, point: Any) -> list[float]:
        """How far each parameter is moved, times the step."""
        ends = self.parameters.values()
        return [value if low > 0 else max(abs(value), 0.01 * (high - low)) for value, (low, high) in zip(point, ends)]

    def _is_linear(self, columns: list[Any], point: Any, places: list[int]) -> bool:
        """Whether twice these parameters add their derivatives times their values."""
        import numpy as np

        moved = point.copy()
        moved[places] *= 2
        slopes = self._slopes(columns, point)
        added = sum(slopes[j] * point[j] for j in places)
        losses, found = self._losses(columns, point), self._losses(columns, moved)
        return bool(np.all(np.abs(found - losses - added) <= LINEAR * (np.abs(losses) + np.abs(added))))

    def _at(self, columns: list[Any], point: Any, row: int) -> str:
        inputs = [f"{name}={column[row]:g}" for name, column in zip(self.inputs, columns) if len(column)]
        return ", ".join([*inputs, *(f"{name}={value:.6g}" for name, value in zip(self.parameters, point))])

    def _error(self, problem: str, remedy: str) -> LawError:
        problem = f"law '{self.name}': {problem}"
        return LawError(f"{problem}; {remedy}", problem, remedy)


def _names(what: str, given: Any) -> list[str]:
    if isinstance(given, str) or not all(isinstance(name, str) and name for name in given):
        raise refusal(f"{what} {shown(given)} are no names", "give texts: a list of inputs, a mapping of parameters")
    names = list(given)
    if not names or len(set(names)) < len(names):
        raise refusal(f"{what} {'has one name twice' if names else 'is empty'}", "give each name once, and at least one")
    return names


def _ends(name: str, ends: Any) -> tuple[float, float]:
    import math

    try:
        low, high = map(float, ends)
    except (TypeError, ValueError):
        raise refusal(f"range {ends!r} of parameter '{name}' is none", f'give two numbers: {{"{name}": (0.1, 10)}}') from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise refusal(f"range {ends!r} of parameter '{name}' is none", "give a lower and a higher number, both finite")
    return low, high
