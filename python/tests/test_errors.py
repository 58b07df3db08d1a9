"""Wrong use ends in an exception with a problem and a remedy, in the words of Python."""

import pickle
import re
import warnings

import numpy as np
import pandas
import polars
import pytest
from conftest import DATA

import nbar
from nbar._warnings import KINDS

FIT = DATA / "chinchilla.csv"
GOOD = {"params": [1e9], "tokens": [2e10], "loss": [3.0]}
CASES = {
    "no file": (lambda f: nbar.fit("nowhere.csv"), nbar.ReadError, "nowhere.csv", "path of a file that is there"),
    "a loss below zero": (lambda f: nbar.fit({**GOOD, "loss": [-3.0]}), nbar.DataError, "frame, line 2", ""),
    "no column": (lambda f: nbar.fit({"a": [1.0], "tokens": [1.0]}), nbar.DataError, "params", "columns="),
    "an unknown law": (lambda f: nbar.fit(FIT, law="chinchila"), nbar.OptionError, "law", ""),
    "a level beyond 1": (lambda f: f.predict(params=1e9, tokens=1e9, level=2), nbar.OptionError, "level", ""),
    "half a question": (lambda f: f.predict(params=1e9), nbar.OptionError, "not given: tokens", ""),
    "a question and another": (lambda f: f.allocate(flops=1e20, loss=2), nbar.OptionError, "flops", ""),
    "no question": (lambda f: f.allocate(), nbar.OptionError, "flops", ""),
    "a loss out of reach": (lambda f: f.solve(loss=1.0), nbar.NotReachableError, "not reachable", "higher loss"),
    "a seed without draws": (lambda f: nbar.fit(FIT, bootstrap=0, seed=3), nbar.OptionError, "bootstrap=0", "leave one"),
    "parameters that are kept": (lambda f: f.allocate(flops=1e22, fixed_params=3), nbar.UnanswerableError, "", "fixed_params"),
    "a figure of something else": (lambda f: f.plot("holdout"), nbar.UnanswerableError, "nbar.holdout", ""),
    "an unknown kind": (lambda f: f.plot("pie"), nbar.OptionError, "pie", ""),
    "a schedule without an end": (
        lambda f: nbar.schedule(params="1B", tokens="1B", shape="cubic", final_sparsity=0.8),
        nbar.MissingInputError, "needs start", "give it",
    ),
    "a budget that is none": (lambda f: f.allocate(flops="many"), nbar.OptionError, "many", ""),
    "a file that is no fit": (lambda f: nbar.load(FIT), nbar.DataError, "no saved fit", "save it (Fit.save)"),
    "one of two": (lambda f: f.twin(dense_params="7B", tokens="1T"), nbar.OptionError, "final_params or final_sparsity", ""),
    "no kind": (lambda f: f.plot("fronteir"), nbar.OptionError, "for kind [possible values: frontier", "'frontier'"),
    "forecasts of no table": (
        lambda f: f.predict(params=1e9, tokens=1e10, preregister="x.json"), nbar.OptionError, "(frame)", "a table",
    ),
    "forecasts of no file": (lambda f: nbar.score("nowhere.json", GOOD), nbar.ReadError, "nowhere.json", "that is there"),
    "no folder": (lambda f: f.save("/nowhere/x.fit.json"), nbar.WriteError, "/nowhere", "make that folder"),
    "a parameter to share that is none": (
        lambda f: nbar.fit(DATA / "overtraining.csv", group="group", share="zeta", bootstrap=0),
        nbar.OptionError, "share 'zeta'", "alpha, beta",
    ),
    "a group that is none": (lambda f: f.predict(params=1e9, tokens=1e9, group="x"), nbar.Error, "group", ""),
    "one recipe": (lambda f: nbar.versus(FIT), nbar.OptionError, "baseline is not given", "two fits"),
    "a recipe that is none": (
        lambda f: nbar.versus(DATA / "overtraining.csv", "none", group="group"), nbar.OptionError, "baseline", "rpj",
    ),
    "a prior without a width": (lambda f: nbar.fit(FIT, prior={"E": "1.5"}), nbar.OptionError, "prior", "+-"),
    "a formula with a hole": (lambda f: nbar.fit(FIT, law="E + A/N^"), nbar.OptionError, "law", ""),
    "an ending": (lambda f: f.plot("fit").save("x.gif"), nbar.Error, "gif", ""),
    "two columns of one field": (
        lambda f: nbar.fit({"n_params": [1e9], "num_params": [1e9], "tokens": [1e9], "loss": [3.0]}),
        nbar.DataError, "n_params", 'try: columns="params=n_params"',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refusals(case, chinchilla):
    call, kind, problem, remedy = CASES[case]
    with pytest.raises(kind) as raised:
        call(chinchilla)
    error = raised.value
    assert problem in str(error) and remedy in str(error)
    assert isinstance(error, nbar.Error) and error.problem
    # Names of Python, never flags, and no mark is left.
    assert not re.search(r"(^|[\\s'(])--?[a-z]", str(error)) and "`" not in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.problem, copy.remedy) == (str(error), error.problem, error.remedy)


def test_errors_are_those_of_python_as_well():
    with pytest.raises(OSError):
        nbar.fit("nowhere.csv")
    with pytest.raises(ValueError):
        nbar.fit(FIT, law="none")
    with pytest.raises(TypeError, match="unexpected keyword"):
        nbar.fit(FIT, lawn="chinchilla")
    with pytest.raises(TypeError, match="bound cannot be"):
        nbar.fit(FIT, bound={"beta": 3})
    with pytest.raises(TypeError, match="prior cannot be"):
        nbar.fit(FIT, prior={"beta": 3})
    with pytest.raises(TypeError, match="challenger is of type NoneType"):
        nbar.versus(group="group", baseline="rpj")


@pytest.mark.parametrize("call, said", [
    (lambda f: nbar.fit(pandas.Series([1.0])), "a Series is no table; give a frame"),
    (lambda f: nbar.fit(polars.Series([1.0])), "a Series is no table; give a frame"),
    (lambda f: nbar.fit([GOOD["params"]]), "data is of type list"),
    (lambda f: nbar.fit([{"params": 1e9}]), "data is a list of rows"),
    (lambda f: nbar.fit(FIT, where=len), "where cannot be"),
    (lambda f: f.predict(params=[1e9, 2e9], tokens=1e10), "params is of several runs; give them as columns"),
    (lambda f: f.predict(params=1e9, tokens=np.array([1e9, 2e9])), "tokens is of several runs"),
    (lambda f: nbar.schedule("1B"), "parameters is of type str; give a mapping"),
])
def test_what_is_of_another_type(call, said, chinchilla):
    with pytest.raises(nbar.OptionError, match=re.escape(said)) as raised:
        call(chinchilla)
    assert isinstance(raised.value, TypeError) and raised.value.problem and raised.value.remedy


def test_names_are_suggested(chinchilla):
    with pytest.raises(AttributeError, match=re.escape("fit.parameters['alpha']")):
        chinchilla.alpha
    with pytest.raises(AttributeError, match="it has schema"):
        chinchilla.params
    assert nbar.compare(FIT, laws="chinchilla, power_mean", sizes="average", bootstrap=2).candidates[1].law == "power-mean"


def test_a_fit_is_not_compared_with_a_sweep(chinchilla):
    with pytest.raises(TypeError, match="give two fits"):
        nbar.versus(chinchilla, FIT)


def test_warnings_are_of_their_kind_and_about_the_line_that_called():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = nbar.fit(FIT, where="outlier=0", bootstrap=40)
        fit.predict(params=70e9, tokens=1.4e12)
    kinds = {warning.category for warning in caught}
    assert kinds >= {nbar.LackOfFit, nbar.ExtrapolatesBeyond} and all(issubclass(kind, nbar.Warning) for kind in kinds)
    assert {warning.filename for warning in caught} == {__file__}
    assert not any("`" in str(w.message) or "--" in str(w.message) for w in caught)
    assert any("nbar.holdout" in str(w.message) for w in caught)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", nbar.Warning)
        nbar.fit(FIT, where="outlier=0", bootstrap=0)


def test_every_kind_of_warning_has_a_class():
    source = (DATA.parent / "src" / "fit" / "warning.rs").read_text()
    body = source.split("pub enum Warning {")[1].split("\n}\n")[0]
    kinds = re.findall(r"^    ([A-Z][A-Za-z]+)(?: \{|,)$", body, re.M)
    assert len(kinds) > 20 and all(issubclass(getattr(nbar, kind), nbar.Warning) for kind in kinds)
    # And is raised as that class: documents have its name in snake case.
    named = {re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower(): getattr(nbar, kind) for kind in kinds}
    assert named == KINDS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", nbar.KindsApart)
        with pytest.raises(nbar.KindsApart, match="'outlier' tells apart"):
            nbar.fit(FIT, bootstrap=0)
