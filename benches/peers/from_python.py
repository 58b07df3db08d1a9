"""One sweep, fitted from Python in four ways: lines of code, CPU seconds, and what each says about trust.

    pip install ./python scipy polars chinchilla matplotlib simple-scaling-laws
    OMP_NUM_THREADS=1 RAYON_NUM_THREADS=1 python benches/peers/from_python.py nbar|scipy|simple-scaling-laws|chinchilla

Each function is what a user would write; its lines are those of its body. A way whose packages are not there is skipped.
"""

import inspect
import sys
import time
from pathlib import Path

TABLE = Path(__file__).parents[2] / "data" / "chinchilla.csv"


def with_nbar():
    import nbar
    fit = nbar.fit(TABLE, where="outlier=0")
    print(fit, fit.predict(params=70e9, tokens=1.4e12), sep="\n\n")


def with_scipy():
    import csv
    import numpy as np
    from scipy.optimize import minimize
    rows = [row for row in csv.DictReader(open(TABLE)) if row["outlier"] == "0"]
    n, d, loss = np.array([[float(row[name]) for name in ("params", "tokens", "loss")] for row in rows]).T
    def law(p, n, d):
        return np.logaddexp(np.logaddexp(p[0] - p[3] * np.log(n), p[1] - p[4] * np.log(d)), p[2])
    def objective(p, weight=1.0):
        r = np.abs(np.log(loss) - law(p, n, d))
        return np.sum(weight * np.where(r < 1e-3, r**2 / 2, 1e-3 * (r - 5e-4)))
    starts = [(a, b, e, x, y) for a in (0, 10, 20) for b in (0, 10, 20) for e in (-1, 1) for x in (0, 1) for y in (0, 1)]
    best = min((minimize(objective, start, method="BFGS") for start in starts), key=lambda found: found.fun)
    draw = np.random.default_rng(0).integers
    weights = [np.bincount(draw(0, len(n), len(n)), minlength=len(n)) for _ in range(100)]
    draws = np.array([minimize(objective, best.x, args=(weight,), method="BFGS").x for weight in weights])
    losses = [np.exp(law(p, 70e9, 1.4e12)) for p in draws]
    print(best.x, best.fun, np.percentile(draws, [2.5, 97.5], axis=0))
    print(np.exp(law(best.x, 70e9, 1.4e12)), np.percentile(losses, [2.5, 97.5]))


def with_simple_scaling_laws():
    import polars as pl
    from simple_scaling_laws import fit
    rows = pl.read_csv(TABLE).filter(pl.col("outlier") == 0)
    table = rows.select(training_run_id="run", test_set_id=pl.lit("a"), model_size__n_params="params",
                        dataset_size__n_tokens="tokens", test_loss__nats="loss")
    model = fit(table, law="separable-power", n_draws=1000, seed=0)
    point = pl.DataFrame({"point_id": ["x"], "model_size__n_params": [70e9], "dataset_size__n_tokens": [1.4e12]})
    print(model.params("test_loss__nats"), model.predict(point, quantiles=[0.025, 0.5, 0.975]).to_dicts())


def with_chinchilla():
    import os
    import tempfile
    import numpy as np
    import pandas as pd
    from chinchilla import Chinchilla
    rows = pd.read_csv(TABLE).query("outlier == 0")
    folder = tempfile.mkdtemp()
    frame = pd.DataFrame(dict(C=6 * rows.params * rows.tokens, N=rows.params, D=rows.tokens, loss=rows.loss))
    frame.to_csv(os.path.join(folder, "df.csv"), index=False)
    grid = dict(E=np.linspace(1, 2, 5), a=np.linspace(1, 10, 5), b=np.linspace(1, 10, 5),
                alpha=np.linspace(0.1, 0.7, 5), beta=np.linspace(0.1, 0.7, 5))
    model = Chinchilla(folder, param_grid=grid)
    model.fit(parallel=False)
    print(model.params, model.predict_loss(70e9, 1.4e12))


if __name__ == "__main__":
    way = {"nbar": with_nbar, "scipy": with_scipy, "simple-scaling-laws": with_simple_scaling_laws,
           "chinchilla": with_chinchilla}[sys.argv[1]]
    begun = time.process_time()
    try:
        way()
    except ImportError as missing:
        sys.exit(f"skipped: {missing.name} is not installed")
    lines = len(inspect.getsource(way).splitlines()) - 1
    print(f"{lines} lines, {time.process_time() - begun:.2f} s of CPU, imports included")
