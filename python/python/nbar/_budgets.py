"""Questions about budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbar._answers import Answer
from nbar._asking import Asking
from nbar._calls import Count, Quantities, Quantity, arguments
from nbar._errors import refusal
from nbar._words import text


class Budgets(Asking):
    """What a budget buys."""

    def allocate(
        self,
        *,
        flops: Quantities | None = None,
        points: Count | None = None,
        loss: Quantity | None = None,
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
    ) -> Any:
        """Split a budget of compute between parameters and tokens.

        N* and D* of least loss at C = 6 N̄ D training FLOPs. With a loss in place of a budget: the cheapest run that
        reaches it.

        Parameters
        ----------
        flops : float, str or sequence of these, optional
            FLOPs of training, 6 N̄ D, and of serving, if any: one budget, several ([1e22, 1e23]), or a range
            ("1e21..1e24"; with points also its ends, (1e21, 1e24)).
        points : int, optional
            How many budgets of a range, evenly spread in their logarithm.
        loss : float or str, optional
            Instead of a budget: the loss to reach at the least cost, nats a token.
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
        Any
            An Answer; Answers for several budgets. Each quantity has ``estimate``, ``std_error`` and ``interval``.

        Raises
        ------
        Error
            If the input is refused; its subclasses say why, and each has a problem and a remedy.
        """
        given = arguments(locals())
        if flops is None and loss is None and points is None:
            raise refusal("neither flops nor loss is given", "give a budget, or the loss to reach: flops=1e22")
        if points is not None:
            ends: Any = flops
            if not isinstance(ends, str) and hasattr(ends, "__len__") and len(ends) == 2:
                given["flops"] = "..".join(map(text, ends))
            elif not (isinstance(flops, str) and ".." in flops):
                raise refusal("points has no effect: flops is no range", 'leave it out, or give a range: flops="1e21..1e24"')
        return self._ask("allocate", given)

    def plan(
        self,
        *,
        flops: Quantity,
        sparsity: Quantities | None = None,
        max_tokens: Quantity | None = None,
        max_params: Quantity | None = None,
        max_memory: Quantity | None = None,
        bytes_per_param: Quantity | None = None,
        max_latency: Quantity | None = None,
        flops_per_second: Quantity | None = None,
        unique_tokens: Quantity | None = None,
        inference_tokens: Quantity | None = None,
        sparse_speedup: Quantity | None = None,
        vocabulary: Count | None = None,
        power: Quantity | None = None,
        tokens_per_step: Quantity | None = None,
        flops_per_gpu_hour: Quantity | None = None,
        price: Quantity | None = None,
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
    ) -> Answer:
        """Plan whole training runs of a budget, one for each final sparsity, and what each costs to serve.

        Parameters
        ----------
        flops : float or str
            Training FLOPs, 6 N̄ D.
        sparsity : float, str or sequence of these, optional
            Final sparsities, each in [0, 1): 0 is dense.
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
        vocabulary : int, optional
            Vocabulary of the network.
        power : float or str, optional
            Power of the polynomial ramp; default 3.
        tokens_per_step : float or str, optional
            Tokens of a step.
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
        shape : str, optional
            How sparsity rises: linear, cubic, polynomial, geometric, cosine, or best; default geometric.
        start : float or str, optional
            Where pruning starts, in unit: 0.25 or 25%; default 25%.
        end : float or str, optional
            Where pruning ends, in unit; default 75%.
        every : float or str, optional
            Steps between cuts; default 100.
        unit : str, optional
            Unit of start and end: fraction (of all tokens) or compute (of all FLOPs); default compute.
        prune_window : str, optional
            ``"best"`` chooses the window: that of least loss for the final size and the cost, under a law that knows when
            (``nbar.fit(law="schedule")``).

        Returns
        -------
        Answer
            ``runs``, one for each sparsity, in whole steps, with a schedule and a network.

        Raises
        ------
        Error
            If the input is refused; its subclasses say why, and each has a problem and a remedy.
        """
        answer: Answer = self._ask("plan", arguments(locals()))
        return answer

    def design(
        self,
        *,
        target_flops: Quantity,
        budget: Quantity,
        new_runs: Count,
        decision: str | None = None,
        unique_tokens: Quantity | None = None,
    ) -> Answer:
        """Choose the next runs: those that tell most about the compute-optimal run of a target budget.

        Parameters
        ----------
        target_flops : float or str
            Training FLOPs of the run that is to be decided on.
        budget : float or str
            Training FLOPs of all the runs to add.
        new_runs : int
            Runs to add; 6 to 200 where the law has no runs.
        decision : str, optional
            What is to become more certain: params (N* at the target) or loss (of the best run there).
        unique_tokens : float or str, optional
            Different tokens in the data, for laws of repeated data.

        Returns
        -------
        Answer
            ``runs`` to train next, each with the standard error that is expected after it.

        Raises
        ------
        Error
            If the input is refused; its subclasses say why, and each has a problem and a remedy.
        """
        answer: Answer = self._ask("design", arguments(locals()))
        return answer
