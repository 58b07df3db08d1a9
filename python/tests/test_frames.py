"""Frames go in and come out without loss."""

import csv
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import DATA

import nbar

pytestmark = pytest.mark.usefixtures("quietly")


def of_file(table):
    """The columns of a table, as texts."""
    with open(DATA / table) as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


FRAMES = {
    "polars": lambda path: pl.read_csv(path),
    "lazy": lambda path: pl.scan_csv(path),
    "pandas": lambda path: pd.read_csv(path),
    "pyarrow": lambda path: pa.Table.from_pandas(pd.read_csv(path)),
    "arrays": lambda path: {name: values.to_numpy() for name, values in pd.read_csv(path).items()},
    "lists": lambda path: pl.read_csv(path).to_dict(as_series=False),
    "texts": lambda path: of_file(path.name),
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("table", ["chinchilla.csv", "t5_c4_sparse.csv", "gemstones_hot.csv"])
def test_a_frame_is_read_as_its_file(kind, table):
    whole = nbar.inspect(DATA / table).document
    document = nbar.inspect(FRAMES[kind](DATA / table)).document
    assert document["table"]["rows"] == whole["table"]["rows"]
    assert document["table"]["ranges"] == whole["table"]["ranges"]
    assert document["schedules"] == whole["schedules"]
    fitted = nbar.fit(FRAMES[kind](DATA / table), bootstrap=0)
    assert fitted.document == nbar.fit(DATA / table, bootstrap=0).document


def test_several_tables_are_one_sweep():
    frame = pl.read_csv(DATA / "chinchilla.csv")
    parts = nbar.fit([frame[:100], frame[100:].to_pandas()], where="outlier=0", bootstrap=0)
    assert parts.document == nbar.fit(frame, where="outlier=0", bootstrap=0).document


def test_names_and_texts_of_all_kinds_survive():
    runs = ["a,b", 'c"d', "-g", "h;i|j", "[k]", "é", "{l", "m\tn"]
    n = np.geomspace(1e8, 1e10, 8)
    for loss in ("[loss] é", "{loss;|}", "a,b"):
        table = {"run": runs, "params": n, "tokens": 20 * n[::-1], loss: 2 + n**-0.1}
        for frame in (table, pl.DataFrame(table), pd.DataFrame(table)):
            fit = nbar.fit(frame, columns={"loss": loss}, bootstrap=0)
            assert fit.residuals()["run"] == runs


def test_missing_cells_are_empty_cells():
    n = [1e8, 2e8, 4e8, 8e8, 1e9, 2e9, 4e9, 8e9]
    columns = {
        "params": n, "tokens": [20 * x for x in n[::-1]], "loss": [2 + x**-0.1 for x in n],
        "schedule": [None] * 7 + ["one_shot"], "final_sparsity": [None] * 7 + [0.5], "prune_start": [math.nan] * 7 + [0.5],
        "prune_unit": [None] * 7 + ["fraction"],
    }
    documents = [nbar.inspect(frame).document for frame in (columns, pl.DataFrame(columns), pd.DataFrame(columns))]
    assert documents[0] == documents[1] == documents[2]
    assert sum(group["runs"] for group in documents[0]["schedules"] if group["final_sparsity"]) == 1


def test_types_of_arrow():
    """Whatever type a column has, its values are those of the same table of doubles and texts."""
    n = np.array([1, 2, 4, 8, 16, 32, 64, 100])
    plain = {"run": list("abcdefgh"), "params": n * 1e6, "tokens": n[::-1] * 1e9, "loss": 2 + n**-0.5, "step": n * 10}
    expected = nbar.fit(plain, bootstrap=0).document
    table = pa.table({
        "run": pa.array(plain["run"]).dictionary_encode(),
        "params": pa.array(plain["params"].astype(int), pa.uint32()),
        "tokens": pa.array(plain["tokens"].astype(int), pa.int64()),
        "loss": pa.chunked_array([pa.array(plain["loss"][:3]), pa.array(plain["loss"][3:])]),
        "step": pa.array(plain["step"], pa.int16()),
        "day": pa.array([0] * 8, pa.date32()),
        "nested": pa.array([[1]] * 8),
        "nothing": pa.nulls(8),
        "flag": pa.array([True] * 8),
    })
    for frame in (table, table.slice(0), table.cast(table.schema.set(0, pa.field("run", pa.large_string())))):
        assert nbar.fit(frame, bootstrap=0, where="flag=true").document == expected
    assert nbar.fit({**plain, "flag": [True] * 8}, bootstrap=0, where="flag=true").document == expected
    assert nbar.fit(pl.from_arrow(table.drop_columns(["nested"])), bootstrap=0).document == expected


def test_predictions_come_back_as_they_were_asked(chinchilla):
    points = {"params": [1e9, 7e9], "tokens": [2e10, 1.4e11]}
    pandas = chinchilla.predict(pd.DataFrame(points, index=["a", "b"]))
    assert list(pandas.index) == ["a", "b"]
    polars, arrow = chinchilla.predict(pl.DataFrame(points)), chinchilla.predict(pa.table(points))
    plain = chinchilla.predict(points)
    each = [chinchilla.predict(params=n, tokens=d).loss for n, d in zip(*points.values())]
    for losses in (pandas["loss"], polars["loss"], arrow["loss"].to_pylist(), plain["loss"]):
        assert list(losses) == [loss.estimate for loss in each]
    assert list(polars["loss_run_lower"]) == [loss.run_interval[0] for loss in each]
    assert isinstance(polars, pl.DataFrame) and isinstance(arrow, pa.Table) and isinstance(plain["loss"], np.ndarray)


def test_answers_become_frames(chinchilla):
    answers = chinchilla.allocate(flops=[1e21, 1e22, 1e23])
    frame = answers.to_polars()
    assert frame["tokens_upper"].to_list() == [answer.tokens.interval[1] for answer in answers]
    assert answers[0].to_pandas()["loss"][0] == answers[0].loss.estimate
    assert "tokens_upper" in repr(answers) and "<table>" in answers._repr_html_()


def test_what_is_no_table_is_refused_by_its_type():
    for data, said in [(3, "of type int"), ([], "empty")]:
        with pytest.raises(TypeError, match=said):
            nbar.fit(data)
    for data, said in [
        ({"params": [1.0], "tokens": 2.0, "loss": [1.0]}, "'tokens' is one value"),
        ({"params": [1.0], "tokens": np.ones((1, 2)), "loss": [1.0]}, "2 dimensions"),
    ]:
        with pytest.raises(nbar.DataError, match=said):
            nbar.fit(data)
    with pytest.raises(nbar.DataError, match="'tokens' is of length 1, and 'params' is of length 2"):
        nbar.fit({"params": [1.0, 2.0], "tokens": [1.0], "loss": [1.0, 2.0]})


def test_logs_of_counts_are_frames_paths_and_folders(tmp_path):
    def log(run, least):
        steps = list(range(0, 1001, 100))
        left = [1 - (1 - least) * min(1, max(0, (step - 200) / 400)) for step in steps]
        rows = [f"{step},,{1 - share}\n{step},{3 - step / 1000},\n" for step, share in zip(steps, left)]
        path = tmp_path / f"{run}.csv"
        path.write_text("step,loss,sparsity\n" + "".join(rows))
        frame = {"run": [run] * len(steps), "step": steps, "sparsity": [1 - share for share in left]}
        return path, frame, sum(left[:-1]) / 10

    (one, first, mean), (two, second, other) = log("one", 0.5), log("two", 0.2)
    options = {"run_params": 1e8, "tokens_per_step": 1e6}
    with pytest.raises(nbar.DataError, match="on a row without a loss"):
        nbar.inspect([one, two], **options)
    for trajectories in [[one, two], tmp_path, [first, second]]:
        document = nbar.inspect([one, two], trajectories=trajectories, **options).document
        groups = sorted(group["average_density"][0] for group in document["schedules"])
        assert groups == pytest.approx(sorted([mean, other]), rel=1e-12), trajectories
