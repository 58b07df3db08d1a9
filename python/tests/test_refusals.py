"""Arguments and tables that cannot be are refused by nbar's own errors, in few words."""

import os
import re
import warnings

import numpy as np
import pandas
import polars
import pytest
from conftest import DATA

import nbar

pytestmark = pytest.mark.usefixtures("quietly")
FIT = DATA / "chinchilla.csv"
N = [1e8, 2e8, 4e8, 8e8, 1.6e9, 3.2e9]
TABLE = {"params": N, "tokens": [20 * n for n in N[::-1]], "loss": [2 + n**-0.1 for n in N]}
FRAME = pandas.DataFrame(TABLE)
RAMP = dict(params="1B", steps=1000, tokens="1B", dialect="tfmot")
LAW = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}

ARGUMENTS = {
    "a law of a file": (lambda f: nbar.load("x.json", law="chinchilla"), "law cannot be 'chinchilla'", "give an nbar.Law"),
    "a frame for a file": (lambda f: nbar.load(FRAME), "file is of type DataFrame", "give a path"),
    "score swapped": (lambda f: nbar.score(FRAME, "x.json"), "forecasts is of type DataFrame", "nbar.score(forecasts, measured)"),
    "plot swapped": (lambda f: nbar.plot(f, "frontier"), "kind is of type Fit", 'nbar.plot("frontier", fit)'),
    "a row": (lambda f: f.predict(FRAME.iloc[0]), "a Series is no table", "give a frame"),
    "a path of bytes": (lambda f: nbar.fit(os.fsdecode(b"\xfe.csv")), "data is a path that is no Unicode", "rename the file"),
    "a prior of one number": (lambda f: nbar.fit(FIT, prior={"E": 1.5}), "1.5 is no pair", '{"E": (1.5, 0.1)}'),
    "a prior of one in brackets": (lambda f: nbar.fit(FIT, prior={"E": (1.5,)}), "(1.5,) is no pair", '{"E": (1.5, 0.1)}'),
    "one end": (lambda f: nbar.fit(FIT, bound={"beta": 0.3}), "0.3 is no pair", '{"beta": (0.1, 1)}'),
    "three ends": (lambda f: nbar.fit(FIT, bound={"beta": (0.1, 0.2, 0.3)}), "no pair", '{"beta": (0.1, 1)}'),
    "a window of one": (lambda f: nbar.fit(FIT, prune_window=0.1), "0.1 is no pair", "(0.1, 0.5)"),
    "weights": (lambda f: nbar.fit(FIT, weight=np.ones(240)), "weight cannot be <ndarray of 240>", "column of weights"),
    "a mask": (lambda f: nbar.fit(FRAME, where=FRAME.params > 1e8), "where cannot be <Series of 6>", "data[mask]"),
    "groups": (lambda f: nbar.fit(FIT, group=["a", "b"]), "group cannot be ['a', 'b']: it is several values", "give one"),
    "an answer": (lambda f: nbar.fit(FIT, fix={"E": f.parameters["E"]}), "is no number and no text", "].estimate"),
    "answers": (lambda f: nbar.law("chinchilla", set=f.parameters), "set cannot be <Answer of", "].estimate"),
    "several values to fit": (lambda f: nbar.fit(FIT, fix={"E": [1.6, 1.7]}), "'E' has several values", "Fit.predict"),
    "a seed below zero": (lambda f: nbar.fit(FIT, seed=-1), "seed cannot be -1: it is no count", "0 or more"),
    "half a seed": (lambda f: nbar.fit(FIT, seed=1.5), "seed cannot be 1.5: it is no count", "a whole number"),
    "half a token": (lambda f: nbar.shape(params=1e9, vocabulary=32000.5), "vocabulary cannot be 32000.5", "a whole number"),
    "threads below zero": (lambda f: nbar.fit(FIT, jobs=-1), "jobs cannot be -1", "0 or more"),
    "a number for a switch": (lambda f: nbar.fit(FIT, profile=1), "profile cannot be 1", "give True or False"),
    "nothing for a switch": (lambda f: nbar.fit(FIT, no_diagnostics=0), "no_diagnostics cannot be 0", "give True or False"),
    "a bend of one": (lambda f: f.predict(params=1e9, tokens=1e10, bend=1), "bend cannot be 1", "give True or False"),
    "a parameter of a tool": (
        lambda f: nbar.schedule({"begin_step": object()}, **RAMP), "begin_step has a value of type object", "give numbers",
    ),
    "no budget": (lambda f: f.allocate(max_tokens=1e12), "neither flops nor loss is given", "the loss to reach"),
    "a run and a frame": (
        lambda f: f.predict(FRAME, params=1e9), "params has no effect on the runs of a frame", "leave it out",
    ),
    "a ramp and a frame": (lambda f: f.predict(FRAME, shape="cubic"), "shape has no effect", "a column shape"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_arguments_that_cannot_be(case, chinchilla):
    call, problem, remedy = ARGUMENTS[case]
    with pytest.raises(nbar.OptionError) as raised:
        call(chinchilla)
    error = raised.value
    assert problem in error.problem and remedy in error.remedy and str(error) == f"{error.problem}; {error.remedy}"
    assert "\n" not in str(error) and len(str(error)) < 200


TABLES = {
    "two columns of one name": (pandas.concat([FRAME, FRAME[["loss"]]], axis=1), "two columns are called 'loss'", "rename"),
    "a generator": ({**TABLE, "params": (n for n in N)}, "column 'params' is <generator", "give a list"),
    "a set": ({**TABLE, "params": set(N)}, "column 'params' is <set of 6>", "give a list"),
    "one value": ({**TABLE, "params": 1e9}, "column 'params' is one value", "give a list"),
    "bytes": ({**TABLE, "run": [b"a", b"\xff", *"cdef"]}, "column 'run' has a text that is no Unicode, at position 1", "mend"),
    "half a letter": ({**TABLE, "run": [*"abcde", "\udcff"]}, "'run' has a text that is no Unicode, at position 5", "mend"),
    "ragged": ({**TABLE, "loss": [3.0]}, "column 'loss' is of length 1, and 'params' is of length 6", "one length"),
    "indexes": ({**TABLE, "loss": FRAME["loss"], "params": FRAME["params"][::-1]}, "different indexes", "pandas.DataFrame"),
    "Parquet": ("b.parquet", "b.parquet is a Parquet file", "pandas.read_parquet('b.parquet')"),
}


@pytest.mark.parametrize("case", TABLES)
def test_tables_that_cannot_be(case):
    data, problem, remedy = TABLES[case]
    with pytest.raises(nbar.DataError, match=re.escape(problem)) as raised:
        nbar.fit(data, bootstrap=0)
    assert remedy in raised.value.remedy and len(str(raised.value)) < 200


def test_paths_may_be_bytes(chinchilla, tmp_path):
    path = os.fsencode(tmp_path / "x.fit.json")
    chinchilla.save(path)
    assert nbar.load(path).document == chinchilla.document
    assert nbar.inspect(os.fsencode(FIT)).table.rows == nbar.inspect(FIT).table.rows
    chinchilla.plot("fit").save(os.fsencode(tmp_path / "x.svg"))
    assert (tmp_path / "x.svg").read_text().startswith("<svg")


def test_a_lazy_frame_is_not_asked_for_its_columns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", nbar.Warning)
        assert nbar.fit(polars.DataFrame(TABLE).lazy(), bootstrap=0).n == 6


def test_sparse_columns_are_columns():
    sparse = FRAME.assign(loss=pandas.arrays.SparseArray(FRAME["loss"]))
    assert nbar.fit(sparse, bootstrap=0).document == nbar.fit(FRAME, bootstrap=0).document


def test_numbers_of_numpy_are_numbers_of_tools():
    ramp = {"initial_sparsity": 0.0, "final_sparsity": 0.5, "begin_step": 0, "end_step": 500}
    typed = {name: np.float64(value) if "sparsity" in name else np.int64(value) for name, value in ramp.items()}
    given = dict(params="1B", tokens="1B", steps=1000)
    assert nbar.schedule(typed, dialect="tfmot", **given) == nbar.schedule(ramp, dialect="tfmot", **given)
    told = {"tool": "tfmot", **typed}
    assert nbar.schedule(json=told, **given) == nbar.schedule(json={"tool": "tfmot", **ramp}, **given)


def test_whole_numbers_may_be_floats():
    whole = nbar.fit(TABLE, bootstrap=20, seed=3).document
    assert nbar.fit(TABLE, bootstrap=20.0, seed=np.float64(3)).document == whole


def test_names_may_have_underscores():
    assert nbar.fit(TABLE, bootstrap=0, on="ln_loss").document == nbar.fit(TABLE, bootstrap=0, on="ln-loss").document
    with pytest.raises(nbar.OptionError, match="is that of a law of nbar"):
        nbar.Law("repeated_data", lambda N, D, E: E, lambda N, D, E: [1.0], {"E": (0.5, 3)})


def test_a_group_may_be_a_truth():
    n = np.tile(np.geomspace(1e8, 1e10, 12), 2)
    d = 20 * np.tile(np.roll(np.geomspace(1e8, 1e10, 12), 5), 2)
    table = {"params": n, "tokens": d, "loss": 1.7 + 400 * n**-0.34 + 410 * d**-0.28, "new": [True] * 12 + [False] * 12}
    given = dict(group="new", bootstrap=0)
    assert nbar.fit(table, baseline=True, **given).document == nbar.fit(table, baseline="true", **given).document


def test_several_values_of_a_parameter_are_a_list(chinchilla):
    listed = chinchilla.predict(params=1e11, tokens=1e12, fix={"E": [1.7, 1.8]})
    assert listed == chinchilla.predict(params=1e11, tokens=1e12, fix="E=1.7,1.8")
