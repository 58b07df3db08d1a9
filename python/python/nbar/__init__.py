"""Fits scaling laws to training runs, sparse and dense alike, with intervals that can be trusted.

>>> import nbar
>>> fit = nbar.law("chinchilla", set={"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28})
>>> fit.predict(params="70B", tokens="1.4T").flops
5.88e+23

`fit` makes a `Fit` of training runs, and its methods answer questions: `Fit.predict`, `Fit.allocate`, `Fit.plan`,
`Fit.solve`, `Fit.design`, `Fit.twin`, `Fit.plot`. `compare`, `holdout` and `inspect` look at the runs themselves,
`isoflop` finds the valleys of budgets, `forecast` follows curves to their ends, `design` chooses first runs, `versus`
compares two recipes, and `score` looks at what came of forecasts. `schedule` integrates the average parameter count of a pruned run. Each is the command of that name. A `Law` is one of Python functions.
"""

from nbar._answers import Answer, Answers
from nbar._comparing import compare, holdout, score
from nbar._errors import (
    DataError,
    Defect,
    Error,
    LawError,
    MissingInputError,
    NotReachableError,
    NumberError,
    OptionError,
    ReadError,
    ScheduleError,
    UnanswerableError,
    WriteError,
)
from nbar._curves import forecast
from nbar._designing import design
from nbar._figures import Figure, plot
from nbar._fit import Fit
from nbar._fitting import fit, law, load
from nbar._inspecting import inspect, isoflop
from nbar._laws import Law
from nbar._nbar import __version__
from nbar._runs import schedule, shape, twin
from nbar._versus import versus
from nbar._warnings import (
    AtBound,
    AtLimit,
    BestIsOneCut,
    DeltaMatters,
    DenserThanRuns,
    Exact,
    ExtrapolatesBelow,
    ExtrapolatesBeyond,
    FarOff,
    FewDistinct,
    FewDraws,
    FewInGroup,
    FewRuns,
    Finding,
    FlatOptimum,
    HeldAbove,
    Idle,
    InfluentialRuns,
    IntervalsDisagree,
    KindsApart,
    LackOfFit,
    LonelyOptimum,
    LossAtMinimum,
    LossRises,
    NearTie,
    NoChecksum,
    NoOptimum,
    NoneWasPruned,
    NotConverged,
    NotReachable,
    OneLoss,
    OutsideColumn,
    OutsideWindows,
    Overlap,
    Partial,
    PriorContradicted,
    ReplicatesFailed,
    RunsOff,
    SparseDepart,
    SparserThanRuns,
    Stopped,
    TermVanished,
    Unidentified,
    WindowsAlike,
)

# Its name is that of a builtin, which `import *` keeps.
from nbar._warnings import Warning as Warning

__all__ = [
    "Answer",
    "Answers",
    "AtBound",
    "AtLimit",
    "BestIsOneCut",
    "DataError",
    "Defect",
    "DeltaMatters",
    "DenserThanRuns",
    "Error",
    "Exact",
    "ExtrapolatesBelow",
    "ExtrapolatesBeyond",
    "FarOff",
    "FewDistinct",
    "FewDraws",
    "FewInGroup",
    "FewRuns",
    "Figure",
    "Finding",
    "Fit",
    "FlatOptimum",
    "HeldAbove",
    "Idle",
    "InfluentialRuns",
    "IntervalsDisagree",
    "KindsApart",
    "LackOfFit",
    "Law",
    "LawError",
    "LonelyOptimum",
    "LossAtMinimum",
    "LossRises",
    "MissingInputError",
    "NearTie",
    "NoChecksum",
    "NoOptimum",
    "NoneWasPruned",
    "NotConverged",
    "NotReachable",
    "OneLoss",
    "NotReachableError",
    "NumberError",
    "OptionError",
    "OutsideColumn",
    "OutsideWindows",
    "Overlap",
    "Partial",
    "PriorContradicted",
    "ReadError",
    "ReplicatesFailed",
    "RunsOff",
    "ScheduleError",
    "SparseDepart",
    "SparserThanRuns",
    "Stopped",
    "TermVanished",
    "UnanswerableError",
    "Unidentified",
    "WindowsAlike",
    "WriteError",
    "compare",
    "design",
    "fit",
    "forecast",
    "holdout",
    "inspect",
    "isoflop",
    "law",
    "load",
    "plot",
    "score",
    "schedule",
    "shape",
    "twin",
    "versus",
    "__version__",
]
