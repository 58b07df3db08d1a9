"""What a sweep holds, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbar._answers import Answer
from nbar._calls import Data, Quantity, arguments, ask
from nbar._tables import Inputs


def inspect(
    data: Data,
    *,
    where: str | Sequence[str] | None = None,
    columns: str | Mapping[str, str] | None = None,
    cluster: str | None = None,
    run_params: Quantity | None = None,
    tokens_per_step: Quantity | None = None,
    sequence_length: Quantity | None = None,
    bytes_per_token: Quantity | None = None,
    commas: str | None = None,
    runs: Data | None = None,
    trajectories: Data | None = None,
    interpolate: str | None = None,
    prune_window: str | tuple[Quantity, Quantity] | None = None,
    unit: str | None = None,
    checkpoints: str | None = None,
    loss_at: str | None = None,
    size: str | None = None,
) -> Answer:
    """Say what a sweep holds, what a fit would use of it, and what is odd about it.

    Parameters
    ----------
    data : frame, mapping of columns, path, or a list of these
        A row for each run: ``params``, ``tokens``, ``loss`` and others, by the names that the command knows. Files
        are of any format that the command reads.
    where : str or sequence of str, optional
        Conditions on the rows to keep: "outlier=0,params>=1e8" (operators = != < <= > >=).
    columns : mapping, or str, optional
        Columns to read instead of those recognised: {"loss": "c4_val"}. A field whose column is "" has none.
    cluster : str, optional
        Column of which runs with one value share noise (budget, seed, data_order): these groups are drawn in
        place of runs.
    run_params : float or str, optional
        Parameters of runs whose files do not tell them: 1.2B.
    tokens_per_step : float or str, optional
        Tokens of a step, for files that tell steps only: 0.5M.
    sequence_length : float or str, optional
        Tokens of a sample, for files that tell samples only: 2048.
    bytes_per_token : float or str, optional
        Bytes of a token, for losses in bits a byte: 4.2.
    commas : str, optional
        What commas in the numbers of CSV mark: decimal (2,51) or thousands (1,234).
    runs : frame or path, optional
        Table with a row for each run, for what the files do not tell: run, params, tokens_per_step, schedule,
        ...
    trajectories : frame or path, optional
        Table of logged counts, which go before schedules: run; tokens or step; params, nonzero or sparsity.
    interpolate : str, optional
        What holds between two rows of the log: held (the row before) or linear.
    prune_window : pair of numbers, or str, optional
        From where to where runs were pruned, in place of what the files say, in unit: (0.1, 0.5).
    unit : str, optional
        Unit of prune_window: token, step, fraction (of all tokens) or compute (of all FLOPs).
    checkpoints : str, optional
        Rows of a run's loss curve to fit: last or all.
    loss_at : str, optional
        Loss of a run with a curve: last, mean-last:1% (over the last 1 % of its tokens), ema:0.99 or min
        (biased low).
    size : str, optional
        Parameter count that is N: average, initial, final, geometric, harmonic or power:P.

    Returns
    -------
    Answer
        ``table``, ``schedules``, ``fit`` (what a fit would use) and ``findings``.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    given, inputs = arguments(locals()), Inputs()
    answer: Answer = ask("inspect", given, inputs, inputs.sweep(data), True)
    return answer
