"""Runs without a fit: schedules, shapes of networks, and twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbar._answers import Answer, Answers
from nbar._calls import Count, Data, Quantity, arguments, ask
from nbar._tables import Inputs
from nbar._words import as_json
from nbar._words import parameters as written


def schedule(
    parameters: Mapping[str, Any] | None = None,
    *,
    json: Any = None,
    params: Quantity | None = None,
    tokens: Quantity | None = None,
    steps: Quantity | None = None,
    shape: str | None = None,
    start: Quantity | None = None,
    end: Quantity | None = None,
    every: Quantity | None = None,
    unit: str | None = None,
    power: Quantity | None = None,
    final_sparsity: Quantity | None = None,
    initial_sparsity: Quantity | None = None,
    fixed_params: Quantity | None = None,
    dialect: str | None = None,
    trajectories: Data | None = None,
    columns: str | Mapping[str, str] | None = None,
    run: str | None = None,
    interpolate: str | None = None,
    batch_ramp: str | Mapping[int, Quantity] | None = None,
    compare: str | Sequence[str] | None = None,
) -> Any:
    """Integrate the average parameter count over a pruning schedule.

    ``N̄ = (1/D) ∫ N(t) dt`` over the D tokens of the run, exactly.

    Parameters
    ----------
    parameters : mapping, optional
        Parameters of the tool that dialect names, by its own names.
    json : mapping or path, optional
        A schedule: ``{"tool": "tfmot", ...}``, the columns of a sweep table, a recipe or a Keras config; or its file.
    params : float or str, optional
        Prunable parameters before pruning; fixed_params are added to them.
    tokens : float or str, optional
        Tokens of the run; may be left out where steps are given.
    steps : float or str, optional
        Optimiser steps of the run, for a schedule in steps.
    shape : str, optional
        How sparsity rises: dense, constant, one_shot, linear, cubic, polynomial, geometric or cosine; default
        dense.
    start : float or str, optional
        Where pruning starts, in unit: 2500, 20B, 0.25 or 25%.
    end : float or str, optional
        Where pruning ends, in unit.
    every : float or str, optional
        Distance between cuts, in unit; without it the ramp is smooth.
    unit : str, optional
        Unit of start, end and every: token, step, fraction (of all tokens) or compute (of all FLOPs).
    power : float or str, optional
        Power of the polynomial ramp; default 3.
    final_sparsity : float or str, optional
        Sparsity when pruning ends, in [0, 1): 0.8 leaves a fifth.
    initial_sparsity : float or str, optional
        Sparsity when training starts; default 0.
    fixed_params : float or str, optional
        Parameters that are never pruned, added to N(t): embeddings, norms.
    dialect : str, optional
        Tool whose words the parameters are, such as tfmot or sparseml.
    trajectories : frame or path, optional
        Logged counts, in a table or a tool's export: tokens or step; params, nonzero or sparsity; run, if of
        several; layer and size, if a row is of a layer.
    columns : mapping, or str, optional
        Columns to read instead of those recognised: {"loss": "c4_val"}. A field whose column is "" has none.
    run : str, optional
        Run of the log.
    interpolate : str, optional
        What holds between two rows of the log: held (the row before) or linear; default held.
    batch_ramp : mapping, or str, optional
        Tokens a step that change, by the step from which on they hold: {0: "1M", 5000: "2M"}.
    compare : str or sequence of str, optional
        Tools to compare, with the numbers of final_sparsity, start, end and every (in steps) in the words of
        each.

    Returns
    -------
    Any
        An Answer with ``average_params`` (N̄), ``average_density``, ``final_params`` and others; with compare Answers, one for each tool.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.

    Examples
    --------
    >>> import nbar
    >>> run = nbar.schedule(params="1.139B", tokens="200.4B", steps=25050, shape="geometric", final_sparsity=0.8,
    ...                     start=2500, end=12600, every=100, unit="step")
    >>> round(run.average_density, 4)
    0.3992
    """
    given, inputs = arguments(locals(), "parameters", "json"), Inputs()
    if json is not None:
        is_file = not isinstance(json, Mapping)
        given["json"] = json if is_file else inputs.text(as_json(json, "json"), "schedule.json")
    return ask("schedule", given, inputs, written(parameters or {}))


def shape(
    *,
    params: Quantity,
    vocabulary: Count | None = None,
) -> Answers:
    """List the transformer shapes nearest to a number of prunable parameters.

    It counts the linear weights: layers (4 width² + 3 width ff) + width vocabulary.

    Parameters
    ----------
    params : float or str
        Prunable parameters before pruning.
    vocabulary : int, optional
        Vocabulary of the network.

    Returns
    -------
    Answers
        Layers, width, ff, heads and vocabulary of each.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.

    Examples
    --------
    >>> import nbar
    >>> nbar.shape(params=137.82e6)[0].layers
    12
    """
    answers: Answers = ask("shape", arguments(locals()), Inputs())
    return answers


def twin(
    *,
    tokens: Quantity,
    dense_params: Quantity | None = None,
    params: Quantity | None = None,
    final_params: Quantity | None = None,
    steps: Quantity | None = None,
    power: Quantity | None = None,
    final_sparsity: Quantity | None = None,
    initial_sparsity: Quantity | None = None,
    tokens_per_step: Quantity | None = None,
    shape: str | None = None,
    start: Quantity | None = None,
    end: Quantity | None = None,
    every: Quantity | None = None,
    unit: str | None = None,
    fixed_params: Quantity | None = None,
) -> Answer:
    """Match a sparse run with a dense one: the same average parameter count N̄, the same tokens.

    With dense_params it finds a sparse run that ends at final_params or final_sparsity; with params and a schedule it
    finds the dense run.

    Parameters
    ----------
    tokens : float or str
        Tokens of both runs.
    dense_params : float or str, optional
        Parameters of a dense run that is to be replaced.
    params : float or str, optional
        Prunable parameters before pruning of a sparse run whose dense twin is asked for.
    final_params : float or str, optional
        Parameters left at the end of the sparse run that replaces the dense one.
    steps : float or str, optional
        Optimiser steps of both runs.
    power : float or str, optional
        Power of the polynomial ramp; default 3.
    final_sparsity : float or str, optional
        Sparsity when pruning ends, in [0, 1): 0.8 leaves a fifth.
    initial_sparsity : float or str, optional
        Sparsity when training starts; default 0.
    tokens_per_step : float or str, optional
        Tokens of a step; the run has as many whole steps as come nearest to its tokens; default 8M.
    shape : str, optional
        How sparsity rises: linear, cubic, polynomial, geometric, cosine; with params also constant, one_shot
        [default with dense_params: geometric].
    start : float or str, optional
        Where pruning starts, in unit: 2500, 20B, 0.25 or 25% [default with dense_params: 25%].
    end : float or str, optional
        Where pruning ends, in unit [default with dense_params: 75%].
    every : float or str, optional
        Steps between cuts; without it the ramp of params is smooth [default with dense_params: 100].
    unit : str, optional
        Unit of start and end: token, step, fraction (of all tokens) or compute (of all FLOPs) [default with
        dense_params: compute].
    fixed_params : float or str, optional
        Parameters that are never pruned: counted in dense_params and final_params, added to params.

    Returns
    -------
    Answer
        Both runs; of a fit their losses too.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    answer: Answer = ask("twin", arguments(locals()), Inputs())
    return answer
