"""Columns of kinds that are no plain numbers or texts, and processes that were forked."""

import multiprocessing

import numpy as np
import pytest

import nbar

N = [1e8, 2e8, 4e8, 8e8, 1.6e9, 3.2e9]
D = [2e9, 8e9, 4e9, 1.6e10, 3.2e10, 1.6e10]
LOSS = [1.7 + 400 / n**0.34 + 1800 / d**0.36 for n, d in zip(N, D, strict=True)]


def test_what_is_masked_is_not_there():
    wrong = np.ma.masked_array([99.0, *LOSS[1:]], mask=[True] + [False] * 5)
    with pytest.raises(nbar.Error, match="empty"):
        nbar.fit({"params": N, "tokens": D, "loss": wrong}, bootstrap=0)


def test_a_kind_of_arrow_that_is_not_read_is_no_empty_cell():
    pa = pytest.importorskip("pyarrow")
    shares = pa.array([[0.5]] * 6)
    table = pa.table({"params": N, "tokens": D, "loss": LOSS, "final_sparsity": shares})
    with pytest.raises(nbar.Error, match="final_sparsity.*ListArray"):
        nbar.inspect(table)
    days = pa.array([1704067200 + 86400 * i for i in range(6)], pa.timestamp("s"))
    table = pa.table({"params": N, "tokens": D, "loss": LOSS, "day": days})
    assert nbar.inspect(table, where="day!=2024-01-02").table.runs == 5


def test_other_values_are_other_texts():
    pa = pytest.importorskip("pyarrow")
    bytes_ = [b"a", b"b"] * 3
    kinds = [
        pa.array(bytes_, pa.binary()),
        pa.array(bytes_, pa.large_binary()),
        pa.array(bytes_, pa.binary(1)),
        pa.array([b"\xff", b"\xfe"] * 3, pa.binary()),
        pa.array([1, 2] * 3, pa.duration("s")),
        pa.array([[1, 2], [3]] * 3),
        pa.array([{"x": 1}, {"x": 2}] * 3),
    ]
    tokens = sorted(D, reverse=True)
    for kind in kinds:
        table = pa.table({"run": kind, "params": [1e8, 2e8] * 3, "tokens": tokens, "loss": sorted(LOSS)})
        assert nbar.inspect(table).table.runs == 2, kind.type


def test_cells_of_several_values_are_texts_where_nothing_reads_them():
    pl, pd = pytest.importorskip("polars"), pytest.importorskip("pandas")
    rows = [
        {"params": n, "tokens": d, "loss": loss, "notes": None, "config": {"lr": 1e-3}, "tags": ["a", "b"]}
        for n, d, loss in zip(N, D, LOSS, strict=True)
    ]
    # polars writes a column of nulls in its own way, and pyarrow does not take complex numbers.
    frames = [pl.DataFrame(rows), pd.DataFrame(rows).assign(z=np.ones(6) * 1j), pd.DataFrame(rows).assign(z=[1, b"x", [2]] * 2)]
    whole = nbar.fit({"params": N, "tokens": D, "loss": LOSS}, bootstrap=0)
    for frame in frames:
        assert nbar.fit(frame, bootstrap=0).parameters == whole.parameters
    with pytest.raises(nbar.Error, match="tags"):
        nbar.fit(frames[0], columns="loss=tags", bootstrap=0)


def test_series_of_different_orders_are_not_paired_by_place():
    pd = pytest.importorskip("pandas")
    loss = pd.Series(LOSS, name="loss")
    columns = {"params": pd.Series(N), "tokens": pd.Series(D), "loss": loss.sort_values()}
    with pytest.raises(ValueError, match="different indexes"):
        nbar.inspect(columns)
    assert nbar.inspect(pd.DataFrame(columns)).table.runs == 6
    assert nbar.inspect({**columns, "loss": loss}).table.runs == 6


def _predict(fit):
    return fit.predict(params=1e9, tokens=1e10).loss.estimate


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    fit = nbar.fit({"params": N, "tokens": D, "loss": LOSS}, bootstrap=50, jobs=2, quiet=True)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_predict, (fit,)).get(timeout=60) == _predict(fit)
