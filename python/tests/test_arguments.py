"""Each function takes what its command takes, by the same names."""

import inspect
import re

import numpy as np
import pytest

import nbar
from nbar import _nbar

# What the module has instead: documents, `save`, `residuals`, `Figure.data`, the frame of `predict`.
OF_THE_COMMAND = {"format", "latex", "output", "residuals", "data", "from"}
OF_THE_MODULE = {"self", "quiet", "data", "frame", "parameters", "challenger", "forecasts", "measured"}
FUNCTIONS = {
    "fit": nbar.fit, "compare": nbar.compare, "holdout": nbar.holdout, "inspect": nbar.inspect, "score": nbar.score,
    "schedule": nbar.schedule, "shape": nbar.shape, "predict": nbar.Fit.predict, "allocate": nbar.Fit.allocate,
    "plan": nbar.Fit.plan, "solve": nbar.Fit.solve, "design": nbar.design, "twin": nbar.Fit.twin,
    "plot": nbar.plot, "versus": nbar.versus, "isoflop": nbar.isoflop,
    "forecast": nbar.forecast,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_keywords_are_the_flags(name):
    flags = {flag for flag, _ in _nbar.keywords(name)} - OF_THE_COMMAND
    taken = {p for p in inspect.signature(FUNCTIONS[name]).parameters if p not in OF_THE_MODULE | {"what"}}
    assert taken == flags


def test_next_runs_take_what_first_runs_take():
    taken = set(inspect.signature(nbar.Fit.design).parameters) - {"self"}
    assert taken == {"target_flops", "budget", "new_runs", "decision", "unique_tokens"}
    assert taken < set(inspect.signature(nbar.design).parameters)


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), nbar.Fit.design])
def test_every_argument_is_described(function):
    doc = inspect.getdoc(function)
    for argument in inspect.signature(function).parameters:
        if argument not in ("self", "what"):
            assert f"\n{argument} : " in doc, argument
    assert "\nReturns\n-------\n" in doc and "\nRaises\n------\n" in doc
    assert not re.search(r"(?<!-)--[a-z]", doc)


def test_every_command_has_a_function():
    # A saved fit is shown by `load`, and a law is made by `law`; shells complete words.
    assert set(_nbar.commands()) - {"completions", "show", "law"} == set(FUNCTIONS)


@pytest.mark.parametrize("keywords, said", [
    ({"bootstrap": False}, "bootstrap cannot be False: it is no count; write 0 for no bootstrap"),
    ({"bootstrap": True}, "bootstrap cannot be True: True is no number and no text"),
    ({"law": True}, "law cannot be True"),
    ({"where": [True]}, "where cannot be"),
    ({"fix": {}}, "fix cannot be {}: it is empty; leave it out"),
    ({"fix": {"E": True}}, "fix cannot be {'E': True}: True is no number"),
])
def test_truths_and_nothings_are_no_values(keywords, said):
    with pytest.raises(TypeError, match=re.escape(said)):
        nbar.fit({"params": [1e8], "tokens": [1e9], "loss": [3.0]}, **keywords)


def test_switches_are_those_that_are_annotated_so():
    from nbar import _words

    annotated = {name for function in FUNCTIONS.values() for name, parameter in inspect.signature(function).parameters.items()
                 if "bool" in str(parameter.annotation)}
    assert annotated - {"quiet"} == set(_words._SWITCHES)
    for truth in (False, np.False_):
        assert _words.words("fit", {"no_diagnostics": truth, "bend": truth}, []) == ["fit", "--bend=off", "--"]
    assert _words.words("fit", {"profile": np.True_, "bend": True}, []) == ["fit", "--profile", "--bend=on", "--"]


def annotated(mark):
    """The arguments whose annotation has this mark, those of values by name apart."""
    functions = [*FUNCTIONS.values(), nbar.Fit.design, nbar.design]
    parameters = [p for function in functions for p in inspect.signature(function).parameters.values()]
    return {p.name for p in parameters if re.search(mark, re.sub(r"Mapping\[.*?\](?!\])", "", str(p.annotation)))}


def test_lists_and_counts_are_those_that_are_annotated_so():
    from nbar import _words

    assert annotated("Count") == set(_words._COUNTS)
    assert annotated("Quantities|Sequence|tuple") - {"bound", "prior"} <= set(_words._LISTS)


def test_lists_of_rows_are_no_tables():
    rows = [{"params": 1e8, "tokens": 1e9, "loss": 3.0}, {"params": 2e8, "tokens": 1e9, "loss": 2.9}]
    with pytest.raises(TypeError, match=re.escape("data is a list of rows; give columns: pandas.DataFrame(data)")):
        nbar.fit(rows)


def test_numbers_without_an_axis_are_numbers_and_what_is_no_pair_is_said():
    constants = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    fit = nbar.law("chinchilla", set=constants)
    whole = fit.allocate(flops=1e22).average_params
    assert fit.allocate(flops=np.array(1e22)).average_params == whole
    assert fit.allocate(flops=bytearray(b"1e22")).average_params == whole
    assert fit.predict(params=np.array(1e9), tokens=2e10).loss == fit.predict(params=1e9, tokens=2e10).loss
    with pytest.raises(nbar.Error, match="tie.*is no pair"):
        nbar.fit({"params": [1e8], "tokens": [1e9], "loss": [3.0]}, tie=3)
