"""Fits: made of sweeps, of constants, or of files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbar import _nbar
from nbar._calls import Count, Data, Quantity, arguments, path, tables
from nbar._errors import refusal, shown, warn
from nbar._fit import Fit
from nbar._laws import Law
from nbar._progress import watched
from nbar._tables import Inputs
from nbar._words import words


def fit(
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
    checkpoints: str | None = None,
    loss_at: str | None = None,
    weight: str | None = None,
    flops_count: str | None = None,
    fix: str | Mapping[str, Quantity] | None = None,
    tie: str | Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    bound: str | Mapping[str, tuple[float | None, float | None]] | None = None,
    prior: str | Mapping[str, str | tuple[float, float]] | None = None,
    group: str | None = None,
    share: str | Sequence[str] | None = None,
    baseline: str | None = None,
    rho: str | None = None,
    delta: Quantity | None = None,
    on: str | None = None,
    jobs: Count | None = None,
    starts: str | None = None,
    no_diagnostics: bool = False,
    bootstrap: Count | None = None,
    resample: str | None = None,
    interval: str | None = None,
    level: Quantity | None = None,
    seed: Count | None = None,
    bend: bool | None = None,
    profile: bool = False,
    quiet: bool = False,
) -> Fit:
    """Fit a scaling law to training runs, with intervals.

    The objective is the sum of rho over the residuals of ln L, by default Huber's with delta 1e-3. The law
    ``chinchilla`` is ``L = E + A/N^alpha + B/D^beta``: N is the average parameter count of a run over its training, D
    its tokens, and L is in nats a token. Ctrl-C stops with what is done so far.

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
    group : str, optional
        Column that sorts the runs into groups, each with parameters of its own but for those of share.
    share : str or sequence of str, optional
        Parameters that all groups have in common: ["alpha", "beta"].
    baseline : str, optional
        Group that the others are measured by; default the first by name.
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
    no_diagnostics : bool, optional
        Refits at other deltas and without single runs are skipped (above 20,000 rows they are anyway).
    bootstrap : int, optional
        Bootstrap replicates; 0 for none, and then no intervals.
    resample : str, optional
        What differs between replicates: weights (of runs), runs (with all rows), rows, residuals (wild, by run)
        or parametric.
    interval : str, optional
        How intervals are read off the draws: corrected, percentile, bca or basic.
    level : float or str, optional
        Level of the intervals, between 0 and 1.
    seed : int, optional
        Seed of all draws.
    bend : bool, optional
        Whether intervals allow for the bend of the runs away from the law; default True.
    profile : bool, optional
        Profiles of all parameters too, compared with the bootstrap.
    quiet : bool, optional
        Whether no line says how far the work is.

    Returns
    -------
    Fit
        The law at its optimum, with the draws of the bootstrap.

    Raises
    ------
    DataError, MissingInputError
        If the runs cannot be read, or lack what the law needs; the message says where, and what to do.
    OptionError
        If an argument cannot be what it is.
    KeyboardInterrupt
        If Ctrl-C stops it before there is a fit.

    Examples
    --------
    >>> import nbar
    >>> n, d = [1e8, 1e8, 1e9, 1e9, 4e9, 4e9, 4e8], [2e9, 2e10, 2e10, 2e11, 8e10, 8e11, 1e11]
    >>> loss = [1.7 + 400 / p**0.34 + 410 / t**0.28 for p, t in zip(n, d)]
    >>> fit = nbar.fit({"params": n, "tokens": d, "loss": loss}, bootstrap=0)
    >>> round(fit.parameters["alpha"].estimate, 6)
    0.34

    A law may be a formula of N, D, columns by name, and parameters. Here both exponents are one:

    >>> table = {"params": n, "tokens": d, "loss": [1.7 + 400 / p**0.3 + 410 / t**0.3 for p, t in zip(n, d)]}
    >>> fit = nbar.fit(table, law="E + A/N^alpha + B/D^alpha", bootstrap=0)
    >>> fit.names, round(fit.parameters["alpha"].estimate, 6)
    (['E', 'A', 'alpha', 'B'], 0.3)
    """
    given, inputs = arguments(locals()), Inputs()
    tables(given, inputs)
    said = words("fit", given, inputs.sweep(data))
    held, lines, is_stopped = watched("fit", quiet, lambda listener: _nbar.fit(said, inputs.tables, inputs.laws, listener))
    has_none = is_stopped and bootstrap != 0 and held.draws()[1] == 0
    fit = Fit(held, law=law if isinstance(law, Law) else None, is_stopped=has_none)
    fit.said = warn("fit", lines, _warnings(fit), is_stopped, fit._known)
    return fit


def _warnings(fit: Fit) -> Iterable[Any]:
    """The warnings of a fit, which are asked for only if there is something to warn of."""
    yield json.loads(fit._held.warnings())


def law(
    law: str | Law,
    *,
    set: str | Mapping[str, Quantity],
) -> Fit:
    """Make a law from published constants, without runs.

    Parameters
    ----------
    law : str or Law
        Name of the law, such as ``chinchilla``, a formula, or functions.
    set : mapping, or str
        Values of all its parameters: {"E": 1.69, ...}.

    Returns
    -------
    Fit
        It answers as a fit does, without intervals.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.

    Examples
    --------
    >>> import nbar
    >>> fit = nbar.law("chinchilla", set={"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28})
    >>> fit.allocate(flops=1e24).tokens.estimate > 1e12
    True
    """
    inputs = Inputs()
    said = words("law", {"set": set}, [inputs.law(law)])
    held, lines, is_stopped = _nbar.fit(said, {}, inputs.laws, None)
    fit = Fit(held, law=law if isinstance(law, Law) else None)
    fit.said = warn("law", lines, _warnings(fit), is_stopped, fit._known)
    return fit


def load(file: str | os.PathLike[str], *, law: Law | None = None) -> Fit:
    """Read a fit that `Fit.save` or the command saved.

    Parameters
    ----------
    file : str or path
        Such as ``"x.fit.json"``.
    law : Law, optional
        The law of the fit, if it is of functions: they are not saved.

    Returns
    -------
    Fit
        The fit, with its observations and draws.

    Raises
    ------
    ReadError
        If the file cannot be read.
    DataError
        If it is no saved fit, or one of another version or law.
    OptionError
        If the file is no path, or the law no Law.
    """
    if law is not None and not isinstance(law, Law):
        raise refusal(f"law cannot be {shown(law)}", "give an nbar.Law, or leave it out: other laws are saved with their fits")
    fit = Fit(_nbar.load(path(file, "file"), law._made() if law else None), law=law)
    said = json.loads(fit._held.warnings())
    lines = [f"warning: {_nbar.spoken('fit', warning['message'])}" for warning in said]
    warn("fit", lines, said, False, fit._known)
    return fit
