"""One recipe against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbar import _nbar
from nbar._calls import Count, Data, Quantities, Quantity, arguments, ask, without_effect
from nbar._errors import refusal
from nbar._laws import Law
from nbar._tables import Inputs


# What is asked of two fits.
OF_FITS = ("flops", "loss", "params", "tokens_per_param", "time_per_flop", "level", "bend")


def versus(
    challenger: Data = None,
    baseline: Data = None,
    *,
    group: str | None = None,
    pair: str | tuple[Quantity, Quantity] | None = None,
    irreducible: Quantity | None = None,
    exponent: Quantity | None = None,
    flops: Quantities | None = None,
    loss: Quantities | None = None,
    params: Quantity | None = None,
    tokens_per_param: Quantity | None = None,
    time_per_flop: Quantity | None = None,
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
    bend: bool | None = None,
    quiet: bool = False,
) -> Any:
    """Compare two recipes: what one needs for the loss of the other.

    A law is fitted to each. The multiplier of compute is the FLOPs that the challenger needs over those of the baseline
    for one loss: above 1, it needs more. Runs that match by name, or by parameters and tokens, are drawn together.

    Parameters
    ----------
    challenger : frame, mapping of columns, path, or Fit, optional
        The sweep of the challenger; with group the table with all recipes, or a list of tables. Left out with pair.
        Of two fits only what is asked can be given: flops, loss, params, tokens_per_param, time_per_flop, level, bend.
    baseline : frame, mapping of columns, path, Fit, or str, optional
        The sweep of the baseline, or a fit if the challenger is one; with group the name of a recipe.
    group : str, optional
        Column that names the recipe of each run, of one table with all of them; baseline is then the name of a
        recipe.
    pair : pair of numbers, or str, optional
        Losses of two runs of equal compute, challenger first: the multiplier of this pair alone.
    irreducible : float or str, optional
        E of both recipes, for pair.
    exponent : float or str, optional
        Exponent of compute of both recipes, L = E + K C^-gamma, for pair.
    flops : float, str or sequence of these, optional
        Budgets of the baseline, FLOPs; default five over both sweeps, and 10 and 100 times the largest.
    loss : float, str or sequence of these, optional
        Losses to reach, nats a token.
    params : float or str, optional
        Compare runs of so many parameters, in place of the best run of each budget.
    tokens_per_param : float or str, optional
        Compare runs of so many tokens a parameter.
    time_per_flop : float or str, optional
        Time that the challenger takes for a FLOP over what the baseline takes; default 1.
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
        Bootstrap replicates of each sweep.
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
    Any
        An Answer with ``rows``, one for each budget and loss, and ``turns``, where the order turns. With group and
        several challengers Answers, each with its ``challenger``.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.

    Examples
    --------
    >>> import nbar
    >>> round(nbar.versus(pair=(3.8104, 3.7542), irreducible=1.6, exponent=0.0941).multiplier, 3)
    1.315
    """
    given, inputs = arguments(locals(), "challenger"), Inputs()
    if group is not None:
        return ask("versus", given, inputs, inputs.sweep(challenger, "challenger"), quiet)
    sides = {"challenger": challenger, "baseline": given.pop("baseline")}
    if pair is None and (challenger is None or baseline is None):
        problem = f"{'baseline' if baseline is None else 'challenger'} is not given"
        remedy = "give two sweeps or two fits, or one table with group, and as baseline the name of a recipe"
        raise refusal(problem, remedy)
    named = [_side(inputs, side, name) for name, side in sides.items() if side is not None]
    if len({name.endswith(".json") for name in named}) > 1 and inputs.fits:
        raise refusal("one side is a fit and the other is none", "give two fits, or two sweeps")
    if pair is not None:
        without_effect(given, ("pair", "irreducible", "exponent"), "a pair of losses has no sweep")
    elif all(name.endswith(".json") for name in named):
        without_effect(given, OF_FITS, "both sides are fits, and are not fitted again")
    return ask("versus", given, inputs, named, quiet)


def _side(inputs: Inputs, side: Any, name: str) -> str:
    """Name a fit or a sweep; the command takes by its ending what is a fit."""
    held = getattr(side, "_held", None)
    return inputs.fit(held, f"{name}.fit.json") if isinstance(held, _nbar.Fit) else inputs.one(side, name, name)
