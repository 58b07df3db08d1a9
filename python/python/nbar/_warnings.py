"""Warnings: what to know before an answer is believed. Each kind that documents have is a class."""

import re


class Warning(UserWarning):
    """Something to know before an answer is believed; its subclasses say what kind of thing it is."""


class Stopped(Warning):
    """The work was stopped by Ctrl-C: the answer is what was done until then."""


class Finding(Warning):
    """Something grave about the sweep itself, as ``nbar.inspect`` finds it."""


class OneLoss(Warning):
    """Every run has the same loss: nothing tells what they differ by."""


class LossRises(Warning):
    """The loss of the law rises with parameters, tokens or compute over the sweep: losses may be inverted, or
    no losses."""


class TermVanished(Warning):
    """A term adds nothing to the loss on any row: its coefficient and exponents are not identified."""


class Idle(Warning):
    """Parameters of a law that is no sum of powers that change no prediction at the optimum: what they shape
    has vanished."""


class Unidentified(Warning):
    """The inputs cannot tell some parameters, whatever the losses."""


class AtLimit(Warning):
    """A parameter runs off, and the runs do not tell the law from what it is in the limit: the fit is of that."""


class FewDistinct(Warning):
    """An input takes too few different values for its term to be identified."""


class NotConverged(Warning):
    """The best point is not proven stationary."""


class FlatOptimum(Warning):
    """The optimum is a region and not a point: fewer residuals lie where ρ is curved than there are
    parameters."""


class Overlap(Warning):
    """Some parameters can be changed together with hardly any effect on any run of the sweep."""


class AtBound(Warning):
    """A parameter is at an end of the range that it is bounded to, and the objective would fall beyond."""


class LonelyOptimum(Warning):
    """One start alone found the optimum."""


class NearTie(Warning):
    """Another minimum is about as good."""


class LackOfFit(Warning):
    """The runs depart from the law by more than they scatter."""


class FewRuns(Warning):
    """So few runs, or clusters of runs, that intervals drawn from them are too narrow."""


class FewInGroup(Warning):
    """So few runs in a group for its own parameters that the fit goes through them, or nearly so."""


class LossAtMinimum(Warning):
    """Losses are the least of whole curves, and so biased low."""


class DeltaMatters(Warning):
    """Another δ gives another law."""


class HeldAbove(Warning):
    """A constant of the law is held above losses, which the law then cannot reach."""


class FarOff(Warning):
    """A few runs lie far off the law, beside how far the others do."""


class InfluentialRuns(Warning):
    """A handful of runs decides about the law."""


class IntervalsDisagree(Warning):
    """The interval of a parameter from the bootstrap and that from its profile differ much in length."""


class ExtrapolatesBeyond(Warning):
    """A question lies beyond the sweep."""


class ExtrapolatesBelow(Warning):
    """A question lies below the sweep."""


class OutsideColumn(Warning):
    """A column that the law reads has a value outside those of the sweep."""


class SparseDepart(Warning):
    """Sparse runs do not lie on the law that the dense ones alone lead to."""


class WindowsAlike(Warning):
    """No two pruning windows of the sweep occur with one final sparsity: what a window does is not told from
    what the sparsity does."""


class OutsideWindows(Warning):
    """A run is pruned over a window that lies outside those that were fitted."""


class KindsApart(Warning):
    """Runs that a column of the sweep tells apart lie apart from one law."""


class FixContradicted(Warning):
    """The runs contradict the value at which a parameter is fixed: where nothing is fixed it lies far from it."""


class SharingDiffers(Warning):
    """The groups of a fit by groups differ in what they share."""


class SharedNoise(Warning):
    """Runs of one size, or of one length, lie together about the law: intervals that take each for a run of its own are too narrow."""


class PriorContradicted(Warning):
    """The runs contradict a prior: without priors the parameter lies more than 3 standard deviations from its centre."""


class NoneWasPruned(Warning):
    """A run is pruned, and no run that was fitted is said to be."""


class SplitUntold(Warning):
    """A run of known size and length is asked about, and of the runs that were fitted FLOPs alone are known."""


class SparserThanRuns(Warning):
    """A run ends sparser than any that was fitted, by more than a factor of two in what is left of it."""


class DenserThanRuns(Warning):
    """A run is dense, or ends less than half as sparse as any that was fitted, and each of those is pruned."""


class BestIsOneCut(Warning):
    """One cut is the best window, which the form of the law favours whatever its parameters."""


class NoOptimum(Warning):
    """In some draws the law has no optimum on a budget."""


class NotReachable(Warning):
    """In some draws the law does not come down to the loss that is asked for."""


class RunsOff(Warning):
    """In some replicates a coefficient runs off to 0 or to infinity, or an exponent to infinity: the runs do not bound it on that side."""


class Exact(Warning):
    """The losses follow the law exactly: they were computed, not measured."""


class ReplicatesFailed(Warning):
    """Some replicates did not converge and are left out of the intervals; if all are said to, too few are left
    for any."""


class FewDraws(Warning):
    """Intervals rest on fewer draws than their level takes: their ends are too near."""


class Partial(Warning):
    """An observer stopped the replicates: intervals rest on the first of them."""


class NoChecksum(Warning):
    """The fit was saved without a checksum of its draws."""


def _kind(of: type[Warning]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", of.__name__).lower()


KINDS: dict[str, type[Warning]] = {_kind(of): of for of in Warning.__subclasses__() if of is not Stopped}
"""The class of each kind, as documents write it."""
