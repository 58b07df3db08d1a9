"""Curves of runs that are not finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbar._answers import Answer
from nbar._calls import Data, Quantity, arguments, ask
from nbar._tables import Inputs


def forecast(
    data: Data,
    *,
    to: Quantity | None = None,
    stop: Quantity | None = None,
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
    shape: str | None = None,
    unit: str | None = None,
    lr_schedule: str | None = None,
    lr_floor: Quantity | None = None,
    lr_warmup: Quantity | None = None,
    lr_decay: Quantity | None = None,
    annealing: str | None = None,
    level: Quantity | None = None,
    quiet: bool = False,
) -> Answer:
    """Forecast the final losses of runs that are not finished, from their loss curves.

    Each run's curve is followed to its planned end (the column ``planned_tokens`` or ``planned_steps``, or `to`), along
    its learning rate: L = L0 + A S^-alpha + K m. S is the learning so far, and m follows the learning rate with a
    memory. Exponents are common to the runs. Intervals are calibrated by stopping the same curves earlier.

    Parameters
    ----------
    data : frame, mapping of columns, path, or a list of these
        A row for each point of each curve: ``run``, ``params``, ``tokens``, ``loss`` and others.
    to : float or str, optional
        Tokens at which every run is to end; default what the table says of each.
    stop : float or str, optional
        Share of the planned tokens after which rows are held back, to compare them with the forecasts: 75%.
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
        What commas in numbers mark: decimal (2,51), decimal-dots-thousands (1.234,5 and 1.234) or thousands (1,234).
    runs : frame or path, optional
        Table with a row for each run, for what the files do not tell: run, params, tokens_per_step, schedule,
        ...
    trajectories : frame or path, or a list of them, optional
        Table of logged counts, which go before schedules: run; tokens or step; params, nonzero or sparsity. Or a
        folder of logs.
    interpolate : str, optional
        What holds between two rows of the log: held (the row before) or linear.
    prune_window : pair of numbers, or str, optional
        From where to where runs were pruned, in place of what the files say, in unit: (0.1, 0.5).
    shape : str, optional
        Schedule of pruned runs of which the files tell no more than the sparsity: constant, linear, cubic, ...
    unit : str, optional
        Unit of prune_window, and of a start and an end whose unit the files do not tell: token, step, fraction (of all
        tokens) or compute (of all FLOPs).
    lr_schedule : str, optional
        How the learning rate falls, in place of what the table says: constant, cosine, linear or wsd.
    lr_floor : float or str, optional
        Learning rate at the end over its peak.
    lr_warmup : float or str, optional
        Share of the run that warm-up takes.
    lr_decay : float or str, optional
        Share of the run over which wsd falls.
    annealing : str, optional
        How losses follow a rate that falls: followed (eta^p with a memory), tissue (Tissue et al. 2024) or
        multi-power (Luo et al. 2025).
    level : float or str, optional
        Level of the intervals, between 0 and 1; those of 90 % are there too.
    quiet : bool, optional
        Whether no line says how far the work is.

    Returns
    -------
    Answer
        ``runs``, each with the forecast ``loss`` at its planned end in nats a token, its intervals, and a weight.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    given, inputs = arguments(locals()), Inputs()
    answer: Answer = ask("forecast", given, inputs, inputs.sweep(data), quiet)
    return answer
