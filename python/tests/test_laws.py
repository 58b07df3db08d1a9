"""Laws of Python functions fit and answer as others do, and what is wrong with them is said."""

import pickle
import signal
import threading
import warnings

import numpy as np
import pytest
from conftest import DATA

import nbar

pytestmark = pytest.mark.usefixtures("quietly")
PATH = DATA / "chinchilla.csv"
RANGES = {"E": (0.3, 3.0), "A": (1.0, 1e5), "B": (1.0, 1e6), "alpha": (0.05, 1.0), "beta": (0.05, 1.0)}


def loss(N, D, E, A, B, alpha, beta):
    return E + A * N**-alpha + B * D**-beta


def jacobian(N, D, E, A, B, alpha, beta):
    a, b = N**-alpha, D**-beta
    return 1.0, a, b, -A * a * np.log(N), -B * b * np.log(D)


def law(**changed):
    given = {"name": "own", "loss": loss, "jacobian": jacobian, "parameters": RANGES, **changed}
    return nbar.Law(**given)


@pytest.fixture(scope="module")
def pair():
    """The same law by functions and by name."""
    given = dict(where="outlier=0", bootstrap=20, seed=3, no_diagnostics=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nbar.fit(PATH, law=law(), **given), nbar.fit(PATH, **given)


def test_it_reaches_the_optimum_of_the_law_by_name(pair):
    own, named = pair
    assert own.names == named.names and own.document["law"] == "own"
    assert own.objective == pytest.approx(named.objective, rel=1e-12)
    for name in named.names:
        assert own.parameters[name].estimate == pytest.approx(named.parameters[name].estimate, rel=1e-7)
    assert own.draws == pytest.approx(named.draws, rel=1e-5)


@pytest.mark.parametrize("ask", [
    lambda fit: fit.predict(params=70e9, tokens=1.4e12).loss,
    lambda fit: fit.allocate(flops=1e22).average_params,
    lambda fit: fit.solve(loss=2.5, params=1e9).tokens,
    lambda fit: fit.plan(flops=1e21).runs[0].loss,
])
def test_it_answers_as_the_law_by_name(ask, pair):
    own, named = (ask(fit) for fit in pair)
    assert own.estimate == pytest.approx(named.estimate, rel=1e-5)
    for name in (name for name in named.to_dict() if name.endswith(("_lower", "_upper"))):
        assert own.to_dict()[name] == pytest.approx(named.to_dict()[name], rel=1e-3)


def test_it_is_compared_and_held_out():
    compared = nbar.compare(PATH, where="outlier=0", laws=[law(), "chinchilla", "tied"], sizes="average", bootstrap=20)
    found = {candidate.law: candidate for candidate in compared.candidates}
    assert found["own"].held_out.rms == pytest.approx(found["chinchilla"].held_out.rms, rel=1e-6)
    own, named = (nbar.holdout(PATH, where="outlier=0", law=which, bootstrap=20).rows for which in (law(), "chinchilla"))
    assert [row.predicted for row in own] == pytest.approx([row.predicted for row in named], rel=1e-6)
    sides = [DATA / "chinchilla.csv", DATA / "chinchilla_isoflop.csv"]
    rows = [nbar.versus(*sides, law=which, bootstrap=20).rows for which in (law(), "chinchilla")]
    assert rows[0][0].multiplier.estimate == pytest.approx(rows[1][0].multiplier.estimate, rel=1e-4)


def test_what_no_formula_says():
    """The mean of a power of a count that grows along the run: an integral by quadrature, and a column of the table."""
    shares, weights = np.polynomial.legendre.leggauss(12)
    shares, weights = (shares + 1) / 2, weights / 2

    def mean(N, growth, gamma):
        counts = np.outer(N, np.ones(len(shares))) * (1 - growth[:, None] * shares)
        return (counts**-gamma) @ weights, -(counts**-gamma * np.log(counts)) @ weights

    def grown(N, D, growth, E, A, gamma, k):
        return E + A * mean(N, growth, gamma)[0] + k * np.log(D / 1e10)

    def slopes(N, D, growth, E, A, gamma, k):
        value, slope = mean(N, growth, gamma)
        return np.ones(len(N)), value, A * slope, np.log(D / 1e10)

    rng = np.random.default_rng(1)
    n, d, growth = 10 ** rng.uniform(7, 10, 40), 10 ** rng.uniform(9, 11, 40), rng.uniform(0, 0.9, 40)
    truth = dict(E=2.0, A=300.0, gamma=0.3, k=-0.05)
    table = {"params": n, "tokens": d, "growth": growth, "loss": grown(n, d, growth, *truth.values())}
    own = nbar.Law("grown", grown, slopes, {"E": (0.3, 4), "A": (1, 1e4), "gamma": (0.05, 1), "k": (-1, 1)}, ["N", "D", "growth"])
    fit = nbar.fit(table, law=own, bootstrap=0)
    assert {name: fit.parameters[name].estimate for name in fit.names} == pytest.approx(truth, rel=1e-6)
    with pytest.raises(nbar.MissingInputError, match="growth"):
        nbar.fit({name: column for name, column in table.items() if name != "growth"}, law=own, bootstrap=0)


def test_a_saved_fit_is_read_with_its_law_alone(pair, command, tmp_path):
    own, path = pair[0], tmp_path / "own.fit.json"
    own.save(path)
    again = nbar.load(path, law=law())
    assert again.document == own.document and (again.draws == own.draws).all()
    assert pickle.loads(pickle.dumps(own)).predict(params=1e9, tokens=1e10).document == own.predict(params=1e9, tokens=1e10).document
    with pytest.raises(nbar.DataError, match="'own' is not known.*nbar.load"):
        nbar.load(path)
    assert command("predict", path, "--params", "1e9", "--tokens", "1e10", ok=(3,)) == ""
    with pytest.raises(nbar.DataError, match="its law is own, not other"):
        nbar.load(path, law=law(name="other"))
    with pytest.raises(nbar.DataError, match="objective"):
        nbar.load(path, law=law(loss=lambda *given: 1.01 * loss(*given)))


def test_a_law_of_constants():
    constants = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    asked = [nbar.law(which, set=constants).predict(params=1e9, tokens=2e10).loss.estimate for which in (law(), "chinchilla")]
    assert asked[0] == pytest.approx(asked[1], rel=1e-12)


def test_threads_change_nothing():
    given = dict(law=law(), where="outlier=0", bootstrap=20, no_diagnostics=True)
    assert nbar.fit(PATH, **given, jobs=2).document == nbar.fit(PATH, **given).document


def raises(*given):
    raise KeyError("alpha")


def swapped(*given):
    parts = list(jacobian(*given))
    return [*parts[:3], parts[4], parts[3]]


WRONG = {
    "raises": (dict(loss=raises), "loss raised KeyError: 'alpha', at N=", "mend the function"),
    "raises in the jacobian": (dict(jacobian=raises), "jacobian raised KeyError", "mend the function"),
    "too few arguments": (dict(loss=lambda N, D: N), "loss raised TypeError", "E, A, B, alpha, beta"),
    "NaN": (dict(loss=lambda N, *_: N * np.nan), "loss is nan at N=", "a finite loss"),
    "below zero": (dict(loss=lambda *given: -loss(*given)), "loss is -", "a finite loss above 0"),
    "a division by zero": (dict(loss=lambda *given: 1 // 0), "loss is nan", "a finite loss"),
    "one value a parameter": (dict(loss=lambda N, *_: N[:3]), "loss gives shape (3,) for", "one number for each row"),
    "a table": (dict(loss=lambda N, *_: np.ones((2, 2))), "loss gives shape (2, 2)", "one number for each row"),
    "single precision": (dict(loss=lambda *given: loss(*given).astype("f4")), "loss gives float32", "float64"),
    "a text": (dict(loss=lambda *given: "3.2"), "is no number", "float64"),
    "nothing": (dict(loss=lambda *given: None), "loss gives object, which is no number", "float64"),
    "complex": (dict(loss=lambda *given: loss(*given) + 0j), "loss gives complex128", "float64"),
    "ragged": (dict(loss=lambda *given: [[1], [1, 2]]), "loss gives no array", "an array"),
    "parts are missing": (dict(jacobian=lambda *given: jacobian(*given)[1:]), "jacobian gives 4 parts", "E, A, B, alpha, beta"),
    "one part": (dict(jacobian=lambda *given: 1.0), "jacobian gives a float", "one array for each parameter"),
    "the transpose": (
        dict(jacobian=lambda N, *rest: np.array(np.broadcast_arrays(*jacobian(N, *rest))).T), "parts", "transpose, .T",
    ),
    "a wrong derivative": (
        dict(jacobian=lambda *given: [*jacobian(*given)[:3], -jacobian(*given)[3], jacobian(*given)[4]]),
        "derivative in 'alpha' is ", "mend the part of jacobian for 'alpha'",
    ),
    "derivatives in another order": (dict(jacobian=swapped), "derivative in 'alpha'", "E, A, B, alpha, beta"),
    "rows that depend on each other": (dict(loss=lambda N, *rest: loss(N / N.mean(), *rest)), "depends on the other rows", "own inputs"),
    "inputs that are changed": (dict(loss=lambda N, *rest: N.sort() or loss(N, *rest)), "read-only", "mend the function"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_functions_are_refused(case):
    changed, problem, remedy = WRONG[case]
    with pytest.raises(nbar.LawError) as raised:
        nbar.fit(PATH, law=law(**changed), bootstrap=0)
    assert problem in raised.value.problem and remedy in raised.value.remedy
    assert raised.value.problem.startswith("law 'own': ")


def test_what_a_function_raises_later_is_told_with_its_cause(pair):
    calls = []

    def tired(*given):
        calls.append(1)
        if len(calls) > 400:
            raise RuntimeError("no more")
        return loss(*given)

    with pytest.raises(nbar.LawError, match="loss raised RuntimeError: no more") as raised:
        nbar.fit(PATH, law=law(loss=tired), bootstrap=1000)
    assert isinstance(raised.value.__cause__, RuntimeError) and len(calls) == 401
    # A fit whose function fails once answers when it does no more.
    fails = [False]
    fit = nbar.fit(PATH, law=law(loss=lambda *given: raises() if fails[0] else loss(*given)), bootstrap=0, no_diagnostics=True)
    expected = fit.predict(params=1e9, tokens=1e10).loss.estimate
    fails[0] = True
    with pytest.raises(nbar.LawError, match="KeyError"):
        fit.predict(params=1e9, tokens=1e10)
    fails[0] = False
    assert fit.predict(params=1e9, tokens=1e10).loss.estimate == expected


REFUSED = {
    "a name of nbar": (dict(name="chinchilla"), "that of a law of nbar"),
    "no name": (dict(name="a b"), "is no name"),
    "no function": (dict(loss="E + A/N"), "loss of law 'own' is no function"),
    "a range of one number": (dict(parameters={"E": 3}), "range 3 of parameter 'E'"),
    "a range upside down": (dict(parameters={"E": (3, 1)}), "a lower and a higher number"),
    "no parameters": (dict(parameters={}), "parameters is empty"),
    "an input twice": (dict(inputs=["N", "N"]), "one name twice"),
    "inputs as a text": (dict(inputs="ND"), "are no names"),
    "an input that is a parameter": (dict(inputs=["N", "E"]), "'E' is an input and a parameter"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_laws_that_are_none(case):
    changed, problem = REFUSED[case]
    with pytest.raises(nbar.OptionError, match=problem) as raised:
        law(**changed)
    assert raised.value.remedy


def test_what_is_no_law():
    with pytest.raises(TypeError, match="give nbar.Law"):
        nbar.fit(PATH, law=loss)
    with pytest.raises(TypeError, match="two laws have the name 'own'"):
        nbar.compare(PATH, laws=[law(), law()])
    with pytest.raises(nbar.OptionError, match="law own is no sum of powers"):
        nbar.fit(DATA / "overtraining.csv", law=law(), group="group", share="alpha", bootstrap=0)


def test_ctrl_c_stops_it():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(2.0, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    try:
        with pytest.warns(nbar.Stopped):
            fit = nbar.fit(PATH, law=law(), where="outlier=0", no_diagnostics=True, bootstrap=1_000_000)
        assert len(fit.draws) < 1_000_000
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


def test_a_law_of_functions_designs_first_runs_and_reads_no_loss():
    guess = dict(set={"E": 1.7, "A": 400, "B": 410, "alpha": 0.34, "beta": 0.28}, simulations=20)
    asked = dict(target_flops=1e22, budget=1e20, new_runs=12, **guess)
    own, named = nbar.design(law=law(), **asked), nbar.design(law="chinchilla", **asked)
    assert own.target_params == pytest.approx(named.target_params, rel=1e-9)
    with pytest.raises(nbar.Error, match="inputs has the loss"):
        law(inputs=["loss"])
