"""First runs, for a guessed law."""

from __future__ import annotations

from collections.abc import Mapping

from nbar._answers import Answer
from nbar._calls import Count, Data, Quantity, arguments, ask
from nbar._laws import Law
from nbar._tables import Inputs


def design(
    law: str | Law,
    *,
    set: str | Mapping[str, Quantity],
    target_flops: Quantity,
    budget: Quantity,
    new_runs: Count | None = None,
    decision: str | None = None,
    unique_tokens: Quantity | None = None,
    max_run_flops: Quantity | None = None,
    noise: Quantity | None = None,
    frame: Data | None = None,
    jobs: Count | None = None,
    simulations: Count | None = None,
    seed: Count | None = None,
    quiet: bool = False,
) -> Answer:
    """Choose the first runs, before there is a fit: a sweep for a guessed law and a budget.

    Sweeps of isoFLOP budgets, ladders and random runs are simulated and fitted; the answer says which intervals their
    fits give. `Fit.design` chooses the next runs of a sweep that is fitted.

    Parameters
    ----------
    law : str or Law
        Guessed law: a name such as ``chinchilla``, a formula, or functions.
    set : mapping, or str
        Values of all its parameters: {"E": 1.69, ...}.
    target_flops : float or str
        Training FLOPs of the run that is to be decided on.
    budget : float or str
        Training FLOPs of all the runs together.
    new_runs : int, optional
        The most runs; default 24.
    decision : str, optional
        What is to become more certain: params (N* at the target) or loss (of the best run there).
    unique_tokens : float or str, optional
        Different tokens in the data, for laws of repeated data.
    max_run_flops : float or str, optional
        Most FLOPs of one run; default a quarter of the budget.
    noise : float or str, optional
        Noise of a run: the standard deviation of ln L about the law; default 0.5%.
    frame : frame, mapping of columns or path, optional
        A sweep of your own to score beside the others: ``params`` and ``tokens``; losses may be empty.
    jobs : int, optional
        Threads of simulations, 0 for one a processor; results do not depend on it.
    simulations : int, optional
        Simulated sweeps of the chosen design; each other design has a quarter as many; default 120.
    seed : int, optional
        Seed of all that is random.
    quiet : bool, optional
        Whether no line says how far the work is.

    Returns
    -------
    Answer
        ``designs``, each with its runs and the intervals that fits to it are expected to give.

    Raises
    ------
    Error
        If the input is refused; its subclasses say why, and each has a problem and a remedy.
    """
    given, inputs = arguments(locals(), "frame"), Inputs()
    if frame is not None:
        given["from"] = inputs.one(frame, "frame", "frame")
    answer: Answer = ask("design", given, inputs, quiet=quiet)
    return answer
