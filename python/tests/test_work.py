"""Long work can be watched and stopped, lets others run, and keeps no memory."""

import io
import signal
import sys
import threading
import time

import numpy as np
import pytest
from conftest import DATA

import nbar
from nbar import _progress

try:
    import resource
except ImportError:  # Windows has no such counts.
    resource = None

pytestmark = pytest.mark.usefixtures("quietly", "interruptible")
PATH = DATA / "chinchilla.csv"


@pytest.fixture
def interruptible():
    """Ctrl-C is heard: a shell starts what runs in the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def after(seconds, what):
    timer = threading.Timer(seconds, what)
    timer.start()
    return timer


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_stops_with_what_there_is():
    # On a busy machine there may be no draws yet: then it is stopped later.
    for seconds in (1.5, 6, 24):
        timer = after(seconds, interrupt)
        with pytest.warns(nbar.Stopped):
            fit = nbar.fit(PATH, where="outlier=0", bootstrap=2_000_000)
        timer.join()
        if fit.partial:
            break
    assert fit.partial and fit.partial == len(fit.draws) < 2_000_000
    # What was stopped once can be asked, and fitted again.
    assert fit.predict(params=1e9, tokens=1e10).loss.estimate > 0
    assert nbar.fit(PATH, bootstrap=30).partial is None


def test_ctrl_c_before_there_is_a_result_is_an_interrupt():
    timer = after(0.3, interrupt)
    with pytest.raises(KeyboardInterrupt):
        nbar.fit(PATH, starts="random:1000000", no_diagnostics=True, bootstrap=0)
    timer.join()


def test_ctrl_c_ends_a_question_without_a_part_of_an_answer():
    fit = nbar.fit(PATH, bootstrap=1000)
    frame = {"params": np.geomspace(1e8, 1e11, 200_000), "tokens": np.full(200_000, 1e10)}
    timer = after(1.5, interrupt)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fit.predict(frame)
    timer.join()
    # All of it takes a minute.
    assert time.monotonic() - begun < 15


def test_other_threads_run_meanwhile():
    ticks, is_over = [], threading.Event()

    def tick():
        while not is_over.wait(0.005):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    begun = time.monotonic()
    nbar.fit(PATH, bootstrap=3000)
    took = time.monotonic() - begun
    is_over.set()
    thread.join()
    assert len(ticks) > 3 and max(np.diff([begun, *ticks, begun + took])) < max(0.5 * took, 0.2)


def test_fits_at_once_are_those_one_after_the_other():
    alone = [nbar.fit(PATH, bootstrap=50, seed=seed).document for seed in range(3)]
    found = {}

    def work(seed):
        found[seed] = nbar.fit(PATH, bootstrap=50, seed=seed).document

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[seed] for seed in range(3)] == alone


def test_the_line_of_progress(monkeypatch):
    clock, screen = [0.0], io.StringIO()
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(sys, "stderr", screen)
    bar = _progress.Bar("fit")
    for at, done in [(0.5, 100), (2.0, 400), (4.0, 1000)]:
        clock[0] = at
        bar("replicates", done, 1000)
    bar.close()
    shown = screen.getvalue().split("\r\x1b[K")
    assert shown[0] == shown[-1] == "" and len(shown) == 4
    assert "fit: replicates  40%|████████" in shown[1] and "| 400/1000 [00:02<00:02, 266.7/s]" in shown[1]


@pytest.mark.skipif(resource is None, reason="no counts of memory")
def test_memory_is_stable():
    table = {name: np.asarray(values) for name, values in {
        "params": np.geomspace(1e8, 1e10, 12), "tokens": np.tile([1e10, 3e10, 1e11], 4),
        "loss": 1.7 + 400 * np.geomspace(1e8, 1e10, 12) ** -0.34 + 410 * np.tile([1e10, 3e10, 1e11], 4) ** -0.28,
    }.items()}

    def fits(count):
        for _ in range(count):
            fit = nbar.fit(table, bootstrap=0, no_diagnostics=True)
            fit.predict(params=1e9, tokens=1e11)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = fits(60)
    grown = fits(120) - before
    # In kB: less than 10 kB a fit, where a fit that is kept takes more.
    assert grown < 1200


@pytest.mark.skipif(resource is None, reason="no counts of memory")
def test_a_large_frame_is_not_copied():
    """The peak grows by less than four times the columns: what a sweep keeps of them, and no text of the table."""
    rows = 200_000
    rng = np.random.default_rng(0)
    n, d = 10 ** rng.uniform(8, 10, rows), 10 ** rng.uniform(10, 12, rows)
    table = {"params": n, "tokens": d, "loss": 1.7 + 400 * n**-0.34 + 410 * d**-0.28}
    nbar.inspect({name: column[:1000] for name, column in table.items()})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert nbar.inspect(table).table.rows == rows
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 600 * rows, grown
