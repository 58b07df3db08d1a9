"""What a sweep holds: what is odd about it, and the valleys of its budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbar._answers import Answer
from nbar._calls import Count, Data, Quantities, Quantity, arguments, ask
from nbar._laws import Law
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
    shape: str | None = None,
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


def isoflop(
    data: Data,
    *,
    flops: Quantities | None = None,
    within: Quantity | None = None,
    law: str | Law | None = None,
    size: str | None = None,
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
    checkpoints: str | None = None,
    loss_at: str | None = None,
    weight: str | None = None,
    flops_count: str | None = None,
    fix: str | Mapping[str, Quantity] | None = None,
    tie: str | Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    bound: str | Mapping[str, tuple[float | None, float | None]] | None = None,
    prior: str | Mapping[str, str | tuple[float, float]] | None = None,
    rho: str | None = None,
    delta: Quantity | None = None,
    on: str | None = None,
    jobs: Count | None = None,
    starts: str | None = None,
    bootstrap: Count | None = None,
    level: Quantity | None = None,
    seed: Count | None = None,
    quiet: bool = False,
) -> Answer:
    """Find the valleys of a sweep: the best size at each budget, and how it grows with compute.

    Budgets are runs of equal FLOPs. Each has a parabola of the loss in ln N, and its minimum if that is between the
    runs. A line of ln N* on ln C follows (approach 2 of Hoffmann et al.), beside the law that is fitted to the runs.

    Parameters
    ----------
    data : frame, mapping of columns, path, or a list of these
        A row for each run: ``params``, ``tokens``, ``loss`` and others, by the names that the command knows. Files
        are of any format that the command reads.
    flops : float, str or sequence of these, optional
        Budgets, FLOPs; default those at which the sweep has three runs of different sizes.
    within : float or str, optional
        How far FLOPs of runs may be from their budget; default 5%.
    law : str or Law, optional
        Law to fit: a name such as chinchilla, sparse, repeated_data or kaplan, a formula, or functions as `Law`;
        default chinchilla.
    size : str, optional
        Parameter count that is N: average, initial, final, geometric, harmonic or power:P.
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
    checkpoints : str, optional
        Rows of a run's loss curve to fit: last or all.
    loss_at : str, optional
        Loss of a run with a curve: last, mean-last:1% (over the last 1 % of its tokens), ema:0.99 or min
        (biased low).
    weight : str, optional
        Weights of rows: a power of a count (flops:0.5, mean 1), or a column of the table; default its column
        weight, if any.
    flops_count : str, optional
        What training FLOPs are: measured (the column flops), average (6 N̄ D) or dense (6 N0 D, of masked
        training that saved nothing); default measured where every row says it, else average.
    fix : mapping, or str, optional
        Parameters that are given instead of fitted: {"E": 1.69}.
    tie : mapping, sequence of pairs, or str, optional
        Pairs of parameters that have one value, which is fitted: {"alpha": "beta"}.
    bound : mapping, or str, optional
        Ranges of parameters, ends included: {"beta": (0.1, 1)}; None leaves an end open.
    prior : mapping, or str, optional
        What is known of parameters beforehand: {"E": (1.5, 0.1)}, centre and one standard deviation, which is
        "1.5+-0.1" as a text; or by a factor, {"A": "400x/1.5"}.
    rho : str, optional
        What a residual counts for: huber:DELTA, laplace, squared, or asymmetric:FACTOR, which hugs the lower
        envelope; default huber:1e-3.
    delta : float or str, optional
        Huber's delta, in units of ln L (of L with on="loss"), in place of rho; default 1e-3.
    on : str, optional
        What residuals are differences of: ln-loss or loss.
    jobs : int, optional
        Threads, 0 for one a processor; results do not depend on it.
    starts : str, optional
        Where the search starts: screened (the best cells of two grids), hoffmann (the 4,500 published points)
        or random:COUNT.
    bootstrap : int, optional
        Bootstrap replicates of the law; 0 is no law.
    level : float or str, optional
        Level of the intervals, between 0 and 1.
    seed : int, optional
        Seed of all draws.
    quiet : bool, optional
        Whether no line says how far the work is.

    Returns
    -------
    Answer
        ``valleys``, one for each budget, the powers of N* and D*, the law beside them, and ``left_out``: the runs at no
        budget.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    given, inputs = arguments(locals()), Inputs()
    answer: Answer = ask("isoflop", given, inputs, inputs.sweep(data), quiet)
    return answer
