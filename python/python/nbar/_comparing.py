"""Sweeps: compared, held out in part, and inspected."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from nbar._answers import Answer
from nbar._calls import Count, Data, Quantity, arguments, ask, path
from nbar._errors import refusal
from nbar._fit import Fit
from nbar._laws import Law
from nbar._tables import Inputs, is_table


def compare(
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
    weight: str | None = None,
    flops_count: str | None = None,
    top: Quantity | None = None,
    laws: str | Law | Sequence[str | Law] | None = None,
    sizes: str | Sequence[str] | None = None,
    fix: str | Mapping[str, Quantity] | None = None,
    tie: str | Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    bound: str | Mapping[str, tuple[float | None, float | None]] | None = None,
    prior: str | Mapping[str, str | tuple[float, float]] | None = None,
    rho: str | None = None,
    delta: Quantity | None = None,
    on: str | None = None,
    jobs: Count | None = None,
    bootstrap: Count | None = None,
    level: Quantity | None = None,
    seed: Count | None = None,
    quiet: bool = False,
) -> Answer:
    """Compare laws, and choices of what N is, on the runs that they were not fitted to.

    Every law on every size is fitted to all runs, and again without the largest of them by FLOPs. Laws whose errors
    on these do not tell them apart make one group. Ctrl-C stops with the replicates so far.

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
    weight : str, optional
        Weights of rows: a power of a count (flops:0.5, mean 1), or a column of the table; default its column
        weight, if any.
    flops_count : str, optional
        What training FLOPs are: measured (the column flops), average (6 N̄ D) or dense (6 N0 D, of masked
        training that saved nothing); default measured where every row says it, else average.
    top : float or str, optional
        Share of the runs to hold out, the largest by FLOPs.
    laws : str, Law or sequence of these, optional
        Laws to compare, names, formulas or functions; those that read no N ignore sizes. Default chinchilla, averaged and
        power-mean, and where no run is pruned chinchilla, tied, coupled and kaplan.
    sizes : str or sequence of str, optional
        Parameter counts that N may be: average, initial, final, geometric, harmonic or power:P.
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
    bootstrap : int, optional
        Paired replicates, which say what is told apart.
    level : float or str, optional
        Level of the intervals, between 0 and 1.
    seed : int, optional
        Seed of all draws.
    quiet : bool, optional
        Whether no line says how far the work is.

    Returns
    -------
    Answer
        ``candidates`` in the order of their held-out errors, each with its group; see ``nbar compare``.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    given, inputs = arguments(locals()), Inputs()
    answer: Answer = ask("compare", given, inputs, inputs.sweep(data), quiet)
    return answer


def holdout(
    data: Data,
    *,
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
    by: str | None = None,
    top: Quantity | None = None,
    folds: Count | None = None,
    fit: str | None = None,
    predict: str | None = None,
    rolling: bool = False,
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
    bend: bool | None = None,
    quiet: bool = False,
) -> Answer:
    """Fit a part of a sweep and predict the rest: what are the intervals worth?

    Runs stand on one side with all their rows; a held-out run is scored at its last row. Errors are of ln L, predicted
    - measured. Ctrl-C stops with the splits so far.

    Parameters
    ----------
    data : frame, mapping of columns, path, or a list of these
        A row for each run: ``params``, ``tokens``, ``loss`` and others, by the names that the command knows. Files
        are of any format that the command reads.
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
    by : str, optional
        What orders the runs: flops (6 N̄ D), tokens or params (N); or run, for cross-validation over whole runs;
        or window, schedule or group, to leave out one of each.
    top : float or str, optional
        Share of the runs to hold out, the largest: 20% or 0.2; default 20%.
    folds : int, optional
        Folds of the cross-validation, with by run; default 5.
    fit : str, optional
        Conditions on the runs to fit, as for where; without predict all others are predicted.
    predict : str, optional
        Conditions on the runs to predict; without fit all others are fitted.
    rolling : bool, optional
        About five groups of the ordered runs, each predicted from all smaller ones.
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
        Bootstrap replicates of each fit.
    level : float or str, optional
        Level of the intervals, between 0 and 1.
    seed : int, optional
        Seed of all draws.
    bend : bool, optional
        Whether intervals allow for the bend of the runs away from the law; default True.
    quiet : bool, optional
        Whether no line says how far the work is.

    Returns
    -------
    Answer
        ``splits`` and the held-out rows, each with its prediction and its intervals.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    given, inputs = arguments(locals()), Inputs()
    answer: Answer = ask("holdout", given, inputs, inputs.sweep(data), quiet)
    return answer


def score(
    forecasts: str | os.PathLike[str] | Fit,
    measured: Data,
    *,
    columns: str | Mapping[str, str] | None = None,
    commas: str | None = None,
) -> Answer:
    """Score forecasts by what was measured.

    Parameters
    ----------
    forecasts : path or Fit
        What ``Fit.predict(..., preregister=...)`` has written, or a fit, saved or not.
    measured : frame, mapping of columns or path
        The column ``loss``, and ``run``, or ``params`` and ``tokens``.
    columns : mapping, or str, optional
        Columns of it to read instead of those recognised: {"loss": "final"}.
    commas : str, optional
        What commas in its numbers mark: decimal (2,51), decimal-dots-thousands (1.234,5 and 1.234) or thousands (1,234).

    Returns
    -------
    Answer
        ``runs``, each with its error, z, place in the predictive distribution and interval score, and what they say together.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    options, inputs = arguments(locals(), "forecasts", "measured"), Inputs()
    if is_table(forecasts):
        problem = f"forecasts is of type {type(forecasts).__name__}"
        raise refusal(problem, "give a path or a fit, and then what was measured: nbar.score(forecasts, measured)")
    given = inputs.fit(forecasts._held) if isinstance(forecasts, Fit) else path(forecasts, "forecasts")
    answer: Answer = ask("score", options, inputs, [given, inputs.one(measured, "measured", "measured")])
    return answer
