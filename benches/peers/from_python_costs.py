"""What the Python module costs beside the library: import, a call, memory of a large frame.

    cargo bench --bench tasks fit > tasks.txt
    pip install ./python polars
    python benches/peers/from_python_costs.py tasks.txt
"""

import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[2] / "data" / "chinchilla.csv"
ROWS = 1_000_000


def fastest(work, seconds=3):
    """The least seconds of several rounds."""
    begun, least = time.perf_counter(), float("inf")
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def importing(*names):
    """The least seconds of processor time in which a fresh interpreter imports these."""
    code = f"import time; import numpy; t = time.process_time(); import {', '.join(names)}; print(time.process_time() - t)"
    return min(float(subprocess.run([sys.executable, "-c", code], capture_output=True).stdout) for _ in range(9))


def peak():
    """The most bytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(tasks):
    import nbar
    import polars as pl
    from nbar import _tables

    warnings.simplefilter("ignore")
    print(f"import beyond NumPy: {1e3 * importing('nbar'):.1f} ms of processor time")
    lines = [line.split() for line in Path(tasks).read_text().splitlines() if line.startswith("fit:")]
    library = float(lines[0][1])
    frame = pl.read_csv(TABLE).filter(pl.col("outlier") == 0)
    columns = {name: frame[name].to_numpy() for name in ("params", "tokens", "loss")}
    for what, data in (("a polars frame", frame), ("a mapping of arrays", columns), ("a path", str(TABLE))):
        given = dict(where="outlier=0") if isinstance(data, str) else {}
        call = fastest(lambda: nbar.fit(data, bootstrap=0, no_diagnostics=True, jobs=1, **given))
        print(f"nbar.fit of {what}, 240 rows: {1e3 * call:.2f} ms, {1e3 * (call - library):.2f} ms above the library")
    rng = np.random.default_rng(0)
    n, d = 10 ** rng.uniform(8, 10, ROWS), 10 ** rng.uniform(10, 12, ROWS)
    columns = {"params": n, "tokens": d, "loss": 1.7 + 400 * n**-0.34 + 410 * d**-0.28}
    of_columns, frame = sum(column.nbytes for column in columns.values()), pl.DataFrame(columns)
    for what, data in (("a polars frame", frame), ("a mapping of arrays", columns)):
        before = peak()
        held = _tables.table(data)
        print(f"{what} of {ROWS:,} rows handed over: {(peak() - before) / of_columns:.2f} times its columns")
        del held
    before = peak()
    nbar.inspect(frame)
    print(f"inspected: {(peak() - before) / of_columns:.2f} times its columns, of which the sweep is the most")


if __name__ == "__main__":
    main(sys.argv[1])
