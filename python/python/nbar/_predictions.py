"""Questions about runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from nbar._answers import Answer
from nbar._asking import Asking, like
from nbar._calls import Data, Quantity, arguments, path
from nbar._errors import refusal
from nbar._tables import Inputs


# What says one run, where a frame has columns.
OF_ONE_RUN = (
    "params", "tokens", "flops", "unique_tokens", "steps", "fixed_params", "shape", "final_sparsity", "initial_sparsity",
    "start", "end", "every", "power", "unit", "lr_schedule", "lr_floor", "lr_warmup", "lr_decay", "fix",
)


class Predictions(Asking):
    """What runs come to."""

    def predict(
        self,
        frame: Data = None,
        *,
        params: Quantity | None = None,
        tokens: Quantity | None = None,
        flops: Quantity | None = None,
        columns: str | Mapping[str, str] | None = None,
        commas: str | None = None,
        fix: str | Mapping[str, Quantity | Sequence[Quantity]] | None = None,
        unique_tokens: Quantity | None = None,
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
        group: str | None = None,
        preregister: str | os.PathLike[str] | None = None,
        level: Quantity | None = None,
        bend: bool | None = None,
        lr_schedule: str | None = None,
        lr_floor: Quantity | None = None,
        lr_warmup: Quantity | None = None,
        lr_decay: Quantity | None = None,
    ) -> Any:
        """Predict the loss of new runs, with intervals.

        ``loss.estimate`` is the law's, ``loss.mean_interval`` is where the law's curve lies, and ``loss.run_interval`` is
        where a new run would land. With a schedule the run is pruned: params are its prunable parameters before pruning.

        Parameters
        ----------
        frame : frame, mapping of columns or path, optional
            A row for each run: ``params``, ``tokens`` and, as in a sweep table, ``run``, ``steps``, ``unique_tokens`` and a
            schedule. Runs with a measured ``loss`` have an ``outcome``.
        params : float or str, optional
            Parameters of the run.
        tokens : float or str, optional
            Tokens of the run.
        flops : float or str, optional
            Instead of parameters and tokens: training FLOPs of the run, for laws of compute alone.
        columns : mapping, or str, optional
            Columns of the frame to read instead of those recognised: {"params_millions": "size"}.
        commas : str, optional
            What commas in its numbers mark: decimal (2,51), decimal-dots-thousands (1.234,5 and 1.234) or thousands
            (1,234).
        fix : mapping, or str, optional
            Also from fits to the same runs with a parameter held at each of these values, a row each: {"E": [1.4, 1.5]}.
        unique_tokens : float or str, optional
            Different tokens in the data, for laws of repeated data.
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
        group : str, optional
            Group of which the question is, of a fit by groups.
        preregister : path, optional
            New file for the forecasts of the frame, with hashes of the fit and the frame and the date.
        level : float or str, optional
            Level of the intervals, between 0 and 1; default that of the fit.
        bend : bool, optional
            Whether intervals allow for the bend of the runs away from the law; default True.
        lr_schedule : str, optional
            How the learning rate falls, for the law schedule: constant, cosine, linear or wsd; default cosine.
        lr_floor : float or str, optional
            Learning rate at the end over its peak; default 0.
        lr_warmup : float or str, optional
            Share of the run that warm-up takes; default 0.
        lr_decay : float or str, optional
            Share of the run over which wsd falls.

        Returns
        -------
        Any
            An Answer for one run; for a frame one of the same kind, a row for each of its rows, with the texts of its
            ``warnings``; for a path Answers.

        Raises
        ------
        Error
            If the input is refused; its subclasses say why, and each has a problem and a remedy.
        """
        given, inputs = arguments(locals(), "frame"), Inputs()
        if preregister is not None:
            given["preregister"] = path(preregister, "preregister")
        if frame is None:
            # An array without an axis is one number.
            asked = {name: given[name] for name in ("params", "tokens", "flops") if getattr(given[name], "shape", None) != ()}
            several = [name for name, value in asked.items() if hasattr(value, "__len__") and not isinstance(value, str)]
            if several:
                remedy = 'give them as columns: {"params": [...], "tokens": [...]}'
                raise refusal(f"{several[0]} is of several runs", remedy)
            return self._ask("predict", given, inputs)
        both = [name for name in OF_ONE_RUN if given[name] is not None]
        if both:
            remedy = f"leave it out, or give the frame a column {both[0]}" if both[0] != "fix" else "ask about one run, by params and tokens"
            raise refusal(f"{both[0]} has no effect on the runs of a frame", remedy)
        given["from"] = inputs.one(frame, "frame", "frame")
        return like(frame, self._ask("predict", given, inputs))

    def solve(
        self,
        *,
        loss: Quantity,
        params: Quantity | None = None,
        tokens: Quantity | None = None,
        final_params: Quantity | None = None,
        max_tokens: Quantity | None = None,
        max_params: Quantity | None = None,
        max_memory: Quantity | None = None,
        bytes_per_param: Quantity | None = None,
        max_latency: Quantity | None = None,
        flops_per_second: Quantity | None = None,
        unique_tokens: Quantity | None = None,
        inference_tokens: Quantity | None = None,
        sparse_speedup: Quantity | None = None,
        shape: str | None = None,
        start: Quantity | None = None,
        end: Quantity | None = None,
        every: Quantity | None = None,
        unit: str | None = None,
        power: Quantity | None = None,
        final_sparsity: Quantity | None = None,
        initial_sparsity: Quantity | None = None,
        fixed_params: Quantity | None = None,
        flops_per_gpu_hour: Quantity | None = None,
        price: Quantity | None = None,
        group: str | None = None,
        level: Quantity | None = None,
        bend: bool | None = None,
        lr_schedule: str | None = None,
        lr_floor: Quantity | None = None,
        lr_warmup: Quantity | None = None,
        lr_decay: Quantity | None = None,
    ) -> Answer:
        """Find what reaches a loss: a budget, tokens, parameters or a sparsity.

        With the loss alone: the budget of the cheapest run. With params: the tokens. With tokens: the parameters. With
        final_params and tokens: the sparsity to which a schedule has to prune.

        Parameters
        ----------
        loss : float or str
            Loss to reach, nats a token.
        params : float or str, optional
            Parameters of the run before pruning: solve for its tokens.
        tokens : float or str, optional
            Tokens of the run: solve for its parameters.
        final_params : float or str, optional
            Parameters left at the end: solve for the sparsity.
        max_tokens : float or str, optional
            Most tokens to train on.
        max_params : float or str, optional
            Most parameters before pruning.
        max_memory : float or str, optional
            Most memory of the served parameters, as 80GB: bytes_per_param N_final, and N0 / 8 for a sparse mask.
        bytes_per_param : float or str, optional
            Bytes of a served parameter; default 2.
        max_latency : float or str, optional
            Most time of a served token, as 20ms: 2 N_final FLOPs at flops_per_second.
        flops_per_second : float or str, optional
            FLOPs a second of what serves, as it is used for one token after the other.
        unique_tokens : float or str, optional
            Different tokens in the data, for laws of repeated data.
        inference_tokens : float or str, optional
            Tokens to be served: each costs 2 N_final FLOPs; default 0.
        sparse_speedup : float or str, optional
            Speedup of serving by pruning: a token costs 2 N0 / FACTOR FLOPs; default the ideal, N0/N_final.
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
        flops_per_gpu_hour : float or str, optional
            FLOPs that a GPU does in an hour, as it is used: gives GPU-hours.
        price : float or str, optional
            Price of a GPU-hour, in any currency: gives the cost.
        group : str, optional
            Group of which the question is, of a fit by groups.
        level : float or str, optional
            Level of the intervals, between 0 and 1; default that of the fit.
        bend : bool, optional
            Whether intervals allow for the bend of the runs away from the law; default True.
        lr_schedule : str, optional
            How the learning rate falls, for the law schedule: constant, cosine, linear or wsd; default cosine.
        lr_floor : float or str, optional
            Learning rate at the end over its peak; default 0.
        lr_warmup : float or str, optional
            Share of the run that warm-up takes; default 0.
        lr_decay : float or str, optional
            Share of the run over which wsd falls.

        Returns
        -------
        Answer
            What was solved for, with its interval, and the share of the draws that reach the loss.

        Raises
        ------
        NotReachableError
            If the law does not come down to the loss.
        Error
            If the question is refused for another reason.
        """
        answer: Answer = self._ask("solve", arguments(locals()))
        return answer

    def twin(
        self,
        *,
        tokens: Quantity,
        dense_params: Quantity | None = None,
        params: Quantity | None = None,
        final_params: Quantity | None = None,
        steps: Quantity | None = None,
        unique_tokens: Quantity | None = None,
        power: Quantity | None = None,
        final_sparsity: Quantity | None = None,
        initial_sparsity: Quantity | None = None,
        tokens_per_step: Quantity | None = None,
        group: str | None = None,
        level: Quantity | None = None,
        bend: bool | None = None,
        lr_schedule: str | None = None,
        lr_floor: Quantity | None = None,
        lr_warmup: Quantity | None = None,
        lr_decay: Quantity | None = None,
        shape: str | None = None,
        start: Quantity | None = None,
        end: Quantity | None = None,
        every: Quantity | None = None,
        unit: str | None = None,
        prune_window: str | None = None,
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
        unique_tokens : float or str, optional
            Different tokens in the data, for laws of repeated data.
        power : float or str, optional
            Power of the polynomial ramp; default 3.
        final_sparsity : float or str, optional
            Sparsity when pruning ends, in [0, 1): 0.8 leaves a fifth.
        initial_sparsity : float or str, optional
            Sparsity when training starts; default 0.
        tokens_per_step : float or str, optional
            Tokens of a step; the run has as many whole steps as come nearest to its tokens; default 8M.
        group : str, optional
            Group of which the question is, of a fit by groups.
        level : float or str, optional
            Level of the intervals, between 0 and 1; default that of the fit.
        bend : bool, optional
            Whether intervals allow for the bend of the runs away from the law; default True.
        lr_schedule : str, optional
            How the learning rate falls, for the law schedule: constant, cosine, linear or wsd; default cosine.
        lr_floor : float or str, optional
            Learning rate at the end over its peak; default 0.
        lr_warmup : float or str, optional
            Share of the run that warm-up takes; default 0.
        lr_decay : float or str, optional
            Share of the run over which wsd falls.
        shape : str, optional
            How sparsity rises: linear, cubic, polynomial, geometric, cosine, best; with params also constant,
            one_shot [default with dense_params: geometric].
        start : float or str, optional
            Where pruning starts, in unit: 2500, 20B, 0.25 or 25% [default with dense_params: 25%].
        end : float or str, optional
            Where pruning ends, in unit [default with dense_params: 75%].
        every : float or str, optional
            Steps between cuts; without it the ramp of params is smooth [default with dense_params: 100].
        unit : str, optional
            Unit of start and end: token, step, fraction (of all tokens) or compute (of all FLOPs) [default with
            dense_params: compute].
        prune_window : str, optional
            ``"best"`` chooses the window: that of least loss for the final size and the cost, under a law that knows when
            (``nbar.fit(law="schedule")``).
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
        answer: Answer = self._ask("twin", arguments(locals()))
        return answer
