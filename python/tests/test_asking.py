"""What fits are asked: frames that come back, arguments without effect, and what is told once."""

import copy
import math
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import DATA

import nbar
from nbar import _fitting

pytestmark = pytest.mark.usefixtures("quietly")
POINTS = {"params": [1e9, 1e3], "tokens": [1e10, 1e3]}
FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table, "arrays": dict}
LAW = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}


def column(frame, name):
    found = frame[name]
    return found.to_pylist() if isinstance(found, pa.ChunkedArray) else list(found)


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_have_all_warnings(kind, chinchilla):
    answers = chinchilla.predict(FRAMES[kind](POINTS))
    first, second = column(answers, "warnings")
    told = [warning.message for warning in chinchilla.predict(params=1e3, tokens=1e3).warnings]
    assert second == "; ".join(told) and len(told) > 1 and "least flops" in second and "least flops" not in first
    assert "`" not in second


@pytest.mark.parametrize("kind", FRAMES)
def test_what_has_no_draws_is_a_number_that_is_not_there(kind):
    answers = nbar.law("chinchilla", set=LAW).predict(FRAMES[kind](POINTS))
    lower = answers["loss_run_lower"]
    is_number = {
        "pandas": lambda: lower.dtype == float and lower.isna().all(),
        "polars": lambda: lower.dtype == pl.Float64 and lower.is_null().all(),
        "pyarrow": lambda: lower.type == pa.float64() and lower.null_count == 2,
        "arrays": lambda: lower.dtype == float and np.isnan(lower).all(),
    }
    assert is_number[kind]()
    assert kind != "pandas" or math.isnan(lower.mean())


def test_budgets_of_a_range(chinchilla):
    by_text = chinchilla.allocate(flops="1e22..1e24", points=3)
    for ends in ((1e22, 1e24), [1e22, 1e24], np.array([1e22, 1e24])):
        assert chinchilla.allocate(flops=ends, points=3).document == by_text.document and len(by_text) == 3
        assert len(chinchilla.allocate(flops=ends)) == 2
    for flops in (1e22, [1e22, 1e23, 1e24], "1e22", None):
        with pytest.raises(nbar.OptionError, match="points has no effect: flops is no range; leave it out"):
            chinchilla.allocate(flops=flops, points=3)


@pytest.mark.parametrize("given", [{"law": "tied"}, {"bootstrap": 10}, {"seed": 0}, {"where": "loss<3"}, {"fix": {"E": 1.7}}])
def test_fits_are_not_fitted_again(given, chinchilla, tmp_path):
    (name,) = given
    with pytest.raises(nbar.OptionError, match=f"{name} has no effect: both sides are fits"):
        nbar.versus(chinchilla, chinchilla, **given)
    with pytest.raises(nbar.OptionError, match=f"{name} has no effect: a pair of losses"):
        nbar.versus(pair=(3.8104, 3.7542), irreducible=1.6, exponent=0.0941, **given)
    chinchilla.save(tmp_path / "x.fit.json")
    with pytest.raises(nbar.OptionError, match=f"{name} has no effect"):
        nbar.versus(chinchilla, tmp_path / "x.fit.json", **given)
    assert nbar.versus(chinchilla, chinchilla, level=0.8, bend=False, flops=[1e21]).rows[0].multiplier.estimate == pytest.approx(1)


def test_no_replicate_is_a_part_of_them(chinchilla, monkeypatch):
    held = nbar.fit(DATA / "chinchilla.csv", bootstrap=0, no_diagnostics=True)._held
    monkeypatch.setattr(_fitting, "watched", lambda *_: (held, [], True))
    stopped = nbar.fit(DATA / "chinchilla.csv", bootstrap=200_000)
    assert stopped.partial == 0 and pickle.loads(pickle.dumps(stopped)).partial == 0
    # Without a bootstrap there is nothing that is not complete.
    assert nbar.fit(DATA / "chinchilla.csv", bootstrap=0).partial is None
    assert chinchilla.partial is None


def test_what_is_told_stays_told(chinchilla):
    for again in (pickle.loads(pickle.dumps(chinchilla)), copy.deepcopy(chinchilla)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            again.predict(params=1e9, tokens=1e10)


def test_work_that_was_stopped_is_told_so(monkeypatch, chinchilla):
    monkeypatch.setattr(_fitting, "watched", lambda *_: (chinchilla._held, ["warning: influence: stopped after 3 of 9"], True))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nbar.fit(DATA / "chinchilla.csv")
    assert {warning.category for warning in caught} == {nbar.Stopped} and len(caught) == 2


def test_fields_of_a_fit_are_listed(chinchilla):
    assert {"objective", "rms", "warnings", "law", "predict", "draws"} <= set(dir(chinchilla))


def test_a_star_keeps_the_builtin():
    names: dict = {}
    exec("from nbar import *", names)
    assert "Warning" not in names and names["LackOfFit"] is nbar.LackOfFit and issubclass(nbar.LackOfFit, nbar.Warning)


TYPED = """
import numpy as np
import nbar

fit = nbar.fit("x.csv", fix={"E": "1.69"}, bootstrap=np.int64(10), level=np.float64(0.9))
fit.predict({"params": [1.0]}, columns={"params": "size"})
fit.predict(params=1e9, tokens=1e10, fix={"E": [1.7, 1.8]}, level=np.float32(0.9))
fit.allocate(flops=np.geomspace(1e20, 1e22, 3))
fit.plan(flops=1e22, sparsity=np.array([0.0, 0.5]))
kind: type[nbar.Warning] = nbar.LackOfFit
rows: nbar.Answers = nbar.shape(params=1e9)[:2]
axes: list[object] = fit.plot().to_matplotlib()
"""


def test_types_take_what_works(tmp_path):
    (tmp_path / "x.py").write_text(TYPED)
    call = [sys.executable, "-m", "mypy", "--strict", "x.py"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
