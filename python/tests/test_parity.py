"""The module and the command answer with the same documents, to the last bit."""

import csv
import json

import pytest
from conftest import DATA

import nbar

pytestmark = pytest.mark.usefixtures("quietly")

TABLES = sorted(path.name for path in DATA.glob("*.csv"))
# What a table needs besides, where the usual law does not fit it.
NEEDS = {"repeated_data.csv": ["--law", "repeated-data"]}
RAMP = dict(shape="cubic", start="25%", end="75%", unit="fraction")
RAMP_WORDS = ["--shape", "cubic", "--start", "25%", "--end", "75%", "--unit", "fraction"]
# What is guessed before there is a fit.
GUESS = {"E": 1.7, "A": 400, "B": 410, "alpha": 0.34, "beta": 0.28}


def documents(text):
    return json.loads(text)


@pytest.mark.parametrize("table", TABLES)
def test_fits_and_all_that_is_asked_of_them(table, command, tmp_path):
    saved = tmp_path / "x.fit.json"
    law = {"law": NEEDS[table][1]} if table in NEEDS else {}
    words = ["fit", DATA / table, *NEEDS.get(table, []), "--bootstrap", "60", "--format", "json"]
    try:
        fit = nbar.fit(DATA / table, bootstrap=60, **law)
    except nbar.DataError:
        # A log of counts is no sweep.
        assert table == "journey_checkpoints.csv"
        command(*words, ok=(3,))
        return
    printed = command(*words, "-o", saved)
    assert fit.document == documents(printed)
    assert fit.draws.tolist() == documents(saved.read_text())["draws"]
    fit.save(tmp_path / "own.fit.json")
    assert (tmp_path / "own.fit.json").read_bytes() == saved.read_bytes()
    unique = {"unique_tokens": "5B"} if law else {}
    unique_words = ["--unique-tokens", "5B"] if law else []
    for name, given, asked in [
        ("predict", dict(params="3B", tokens="20B"), ["--params", "3B", "--tokens", "20B"]),
        ("allocate", dict(flops=[1e20, 3e21]), ["--flops", "1e20,3e21"]),
        ("allocate", dict(flops=1e21, level=0.8), ["--flops", "1e21", "--level", "0.8"]),
        ("solve", dict(loss=3.0), ["--loss", "3"]),
        ("plan", dict(flops=1e21, inference_tokens="1T"), ["--flops", "1e21", "--inference-tokens", "1T"]),
        (
            "design",
            dict(target_flops=1e22, budget=1e20, new_runs=2),
            ["--target-flops", "1e22", "--budget", "1e20", "--new-runs", "2"],
        ),
        (
            "twin",
            dict(dense_params="1B", tokens="20B", final_params="500M"),
            ["--dense-params", "1B", "--tokens", "20B", "--final-params", "500M"],
        ),
    ]:
        call = [name, saved, *asked, *unique_words, "--format", "json"]
        try:
            answer = getattr(fit, name)(**given, **unique)
        except nbar.Error as error:
            # What the module refuses, the command refuses too.
            command(*call, ok=(2, 3))
            assert error.problem
        else:
            assert answer.document == documents(command(*call)), name


@pytest.mark.parametrize("table", TABLES)
def test_sweeps_that_are_inspected_held_out_and_compared(table, command):
    path = DATA / table
    law = ["--law", "repeated-data"] if table in NEEDS else []
    laws = {"law": "repeated-data"} if table in NEEDS else {}
    for name, given, asked in [
        ("inspect", {}, []),
        ("holdout", dict(bootstrap=60, **laws), ["--bootstrap", "60", *law]),
        ("compare", dict(bootstrap=30, laws=["tied", "kaplan"]), ["--bootstrap", "30", "--laws", "tied,kaplan"]),
    ]:
        call = [name, path, *asked, "--format", "json"]
        try:
            answer = getattr(nbar, name)(path, **given)
        except nbar.Error:
            command(*call, ok=(2, 3))
        else:
            assert answer.document == documents(command(*call)), name


def test_runs_without_a_fit(command):
    run = nbar.schedule(params="1B", tokens="20B", final_sparsity="80%", **RAMP)
    words = ["schedule", "--params", "1B", "--tokens", "20B", "--final-sparsity", "80%", *RAMP_WORDS]
    assert run.document == documents(command(*words, "--format", "json"))
    tool = nbar.schedule(
        {"initial_sparsity": 0, "final_sparsity": 0.8, "begin_step": 2500, "end_step": 12600},
        params="1B", steps=25050, dialect="tfmot",
    )
    words = ["schedule", "--params", "1B", "--steps", "25050", "--dialect", "tfmot", "initial_sparsity=0"]
    words += ["final_sparsity=0.8", "begin_step=2500", "end_step=12600"]
    assert tool.document == documents(command(*words, "--format", "json"))
    assert nbar.shape(params="1.1B").document == documents(command("shape", "--params", "1.1B", "--format", "json"))
    twin = nbar.twin(dense_params="7B", tokens="1T", final_params="4B")
    words = ["twin", "--dense-params", "7B", "--tokens", "1T", "--final-params", "4B", "--format", "json"]
    assert twin.document == documents(command(*words))


def test_laws_of_constants(command, tmp_path):
    constants = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    written = ",".join(f"{name}={value}" for name, value in constants.items())
    printed = command("law", "chinchilla", "--set", written, "--format", "json")
    law = nbar.law("chinchilla", set=constants)
    assert law.document == documents(printed)
    law.save(tmp_path / "law.fit.json")
    assert nbar.load(tmp_path / "law.fit.json").document == law.document


def test_a_law_by_formula(command):
    formula = "E + A/N^alpha + B/D^beta"
    fit = nbar.fit(DATA / "chinchilla.csv", where="outlier=0", law=formula, bootstrap=60)
    words = ["fit", DATA / "chinchilla.csv", "--where", "outlier=0", "--law", formula, "--bootstrap", "60"]
    assert fit.document == documents(command(*words, "--format", "json"))
    named = nbar.fit(DATA / "chinchilla.csv", where="outlier=0", bootstrap=0)
    for name in named.names:
        assert fit.parameters[name].estimate == pytest.approx(named.parameters[name].estimate, rel=1e-9)
    columns = "E + A/N^alpha + B/D^beta + K*learning_rate^gamma where gamma=0.01..2"
    fit = nbar.fit(DATA / "journey.csv", law=columns, where="schedule=dense", bootstrap=0)
    words = ["fit", DATA / "journey.csv", "--law", columns, "--where", "schedule=dense", "--bootstrap", "0"]
    assert fit.document == documents(command(*words, "--format", "json"))


@pytest.mark.parametrize("given, asked", [
    ({}, []),
    (dict(bootstrap=0), ["--bootstrap", "0"]),
    (dict(flops=[6e18, 1e19, 3e19], within=0.1, law="tied", level=0.8), ["--flops", "6e18,1e19,3e19", "--within", "0.1", "--law", "tied", "--level", "0.8"]),
])
def test_valleys_of_budgets(given, asked, command):
    answer = nbar.isoflop(DATA / "chinchilla_isoflop.csv", **{"bootstrap": 40, **given})
    draws = [] if "bootstrap" in given else ["--bootstrap", "40"]
    words = ["isoflop", DATA / "chinchilla_isoflop.csv", *asked, *draws, "--format", "json"]
    assert answer.document == documents(command(*words))


@pytest.mark.parametrize("given, asked", [
    (dict(to="200B", lr_schedule="constant"), ["--to", "200B", "--lr-schedule", "constant"]),
    (dict(to="200B", lr_schedule="constant", stop="75%", level=0.8), ["--to", "200B", "--lr-schedule", "constant", "--stop", "75%", "--level", "0.8"]),
])
def test_ends_of_curves(given, asked, command):
    answer = nbar.forecast(DATA / "gemstones_hot.csv", **given)
    words = ["forecast", DATA / "gemstones_hot.csv", *asked, "--format", "json"]
    assert answer.document == documents(command(*words))


def test_first_runs_of_a_guess(command):
    answer = nbar.design("chinchilla", set=GUESS, target_flops=1e22, budget=1e20, new_runs=12, simulations=20)
    words = ["design", "--law", "chinchilla", "--set", "E=1.7,A=400,B=410,alpha=.34,beta=.28", "--target-flops", "1e22"]
    words += ["--budget", "1e20", "--new-runs", "12", "--simulations", "20", "--format", "json"]
    assert answer.document == documents(command(*words))


def test_forecasts_and_what_came_of_them(command, chinchilla, tmp_path):
    saved, asked, measured = tmp_path / "x.fit.json", tmp_path / "runs.csv", tmp_path / "measured.csv"
    chinchilla.save(saved)
    asked.write_text("run,params,tokens\na,7e9,1.4e11\nb,2e10,4e11\n")
    measured.write_text("run,params,tokens,loss\na,7e9,1.4e11,2.30\nb,2e10,4e11,2.15\n")
    command("predict", saved, "--from", asked, "--preregister", tmp_path / "command.json")
    chinchilla.predict(asked, preregister=tmp_path / "module.json")
    written = [documents((tmp_path / f"{by}.json").read_text()) for by in ("command", "module")]
    assert {name for name in written[0] if written[0][name] != written[1].get(name)} <= {"date", "fit", "checksum"}
    for forecasts, path in ((tmp_path / "command.json", tmp_path / "command.json"), (chinchilla, saved)):
        answer = nbar.score(forecasts, measured)
        assert answer.document == documents(command("score", path, measured, "--format", "json"))
    table = {"run": ["a", "b"], "params": [7e9, 2e10], "tokens": [1.4e11, 4e11], "loss": [2.30, 2.15]}
    assert nbar.score(chinchilla, table).document == nbar.score(saved, measured).document


def test_saved_fits_are_shown(command, chinchilla, tmp_path):
    path = tmp_path / "x.fit.json"
    chinchilla.save(path)
    assert nbar.load(path).document == documents(command("show", path, "--format", "json"))


def test_fits_by_groups(command, tmp_path):
    table, saved = DATA / "overtraining.csv", tmp_path / "groups.fit.json"
    words = ["fit", table, "--group", "group", "--share", "alpha,beta", "--baseline", "rpj", "--bootstrap", "40"]
    fit = nbar.fit(table, group="group", share=["alpha", "beta"], baseline="rpj", bootstrap=40)
    assert fit.document == documents(command(*words, "--format", "json", "-o", saved))
    for name, given, asked in [
        ("predict", dict(params="1B", tokens="20B"), ["--params", "1B", "--tokens", "20B"]),
        ("allocate", dict(flops=1e21), ["--flops", "1e21"]),
        ("solve", dict(loss=3), ["--loss", "3"]),
        ("plan", dict(flops=1e20), ["--flops", "1e20"]),
        (
            "twin",
            dict(dense_params="1B", tokens="20B", final_params="500M"),
            ["--dense-params", "1B", "--tokens", "20B", "--final-params", "500M"],
        ),
    ]:
        answers = [getattr(fit, name)(**given, group=group).document for group in ("rpj", "c4_original")]
        for answer, group in zip(answers, ("rpj", "c4_original")):
            assert answer == documents(command(name, saved, *asked, "--group", group, "--format", "json")), name
        assert answers[0] != answers[1]


@pytest.mark.parametrize("prior", [
    {"E": "1.8+-0.1", "alpha": (0.34, 0.02)}, "E=1.8+-0.1,alpha=0.34+-0.02", {"E": (1.8, 0.1), "alpha": "0.34+-0.02"},
])
def test_priors(prior, command):
    table, own = DATA / "chinchilla.csv", ["--prior", "E=1.8+-0.1", "--prior", "alpha=0.34+-0.02", "--bootstrap", "20"]
    for name, given, asked in [
        ("fit", {}, []),
        ("holdout", {}, []),
        ("compare", dict(laws="chinchilla,tied", sizes="average"), ["--laws", "chinchilla,tied", "--sizes", "average"]),
    ]:
        answer = getattr(nbar, name)(table, prior=prior, bootstrap=20, **given)
        assert answer.document == documents(command(name, table, *own, *asked, "--format", "json")), name


@pytest.mark.parametrize("given, asked", [
    (dict(by="group"), ["--by", "group"]),
    (dict(fit="group=rpj"), ["--fit", "group=rpj"]),
    (dict(fit="group=rpj", predict="group!=rpj,params>1e8"), ["--fit", "group=rpj", "--predict", "group!=rpj,params>1e8"]),
])
def test_what_is_held_out(given, asked, command):
    table = DATA / "overtraining.csv"
    answer = nbar.holdout(table, bootstrap=20, **given)
    assert answer.document == documents(command("holdout", table, "--bootstrap", "20", *asked, "--format", "json"))


def test_when_to_prune_and_how_the_learning_rate_falls(command, tmp_path):
    saved = tmp_path / "journey.fit.json"
    fit = nbar.fit(DATA / "journey.csv", law="schedule", bootstrap=30, no_diagnostics=True)
    fit.save(saved)
    best = dict(prune_window="best", shape="best", tokens_per_step=4096)
    words = ["--prune-window", "best", "--shape", "best", "--tokens-per-step", "4096"]
    decay = dict(lr_schedule="wsd", lr_floor=0.1, lr_warmup="1%", lr_decay=0.2)
    decay_words = ["--lr-schedule", "wsd", "--lr-floor", "0.1", "--lr-warmup", "1%", "--lr-decay", "0.2"]
    for name, given, asked in [
        ("plan", dict(flops=1e15, sparsity=[0, 0.75], **best), ["--flops", "1e15", "--sparsity", "0,0.75", *words]),
        (
            "twin",
            dict(dense_params="800K", tokens="65M", final_params="400K", **best),
            ["--dense-params", "800K", "--tokens", "65M", "--final-params", "400K", *words],
        ),
        ("predict", dict(params="1M", tokens="65M", **decay), ["--params", "1M", "--tokens", "65M", *decay_words]),
        ("allocate", dict(flops=1e15, **decay), ["--flops", "1e15", *decay_words]),
        ("solve", dict(loss=1.1, **decay), ["--loss", "1.1", *decay_words]),
    ]:
        answer = getattr(fit, name)(**given)
        assert answer.document == documents(command(name, saved, *asked, "--format", "json")), name


def test_one_recipe_against_another(command, tmp_path):
    import polars

    table = DATA / "overtraining.csv"
    words = ["--bootstrap", "40", "--format", "json"]
    grouped = nbar.versus(table, "rpj", group="group", bootstrap=40)
    assert grouped.document == documents(command("versus", table, "--group", "group", "--baseline", "rpj", *words))
    assert [answer.challenger for answer in grouped] == ["c4_original", "rw_original"]
    rows = polars.read_csv(table)
    sides = [rows.filter(group=name) for name in ("c4_original", "rpj")]
    paths = [tmp_path / "new.csv", tmp_path / "old.csv"]
    for side, path in zip(sides, paths):
        side.write_csv(path)
    printed = documents(command("versus", *paths, *words))
    assert nbar.versus(*sides, bootstrap=40).document == printed
    assert nbar.versus(paths[0], sides[1].to_dict(as_series=False), bootstrap=40).document == printed
    fits, saved = [nbar.fit(side, bootstrap=40) for side in sides], [tmp_path / "new.fit.json", tmp_path / "old.fit.json"]
    for fit, path in zip(fits, saved):
        fit.save(path)
    asked = ["--loss", "3,2.8", "--tokens-per-param", "20", "--time-per-flop", "1.1", "--format", "json"]
    printed = documents(command("versus", *saved, *asked))
    for pair in (fits, saved, [fits[0], saved[1]]):
        assert nbar.versus(*pair, loss=[3, 2.8], tokens_per_param=20, time_per_flop=1.1).document == printed
    pair = nbar.versus(pair=(3.8104, 3.7542), irreducible=1.6, exponent=0.0941)
    words = ["versus", "--pair", "3.8104,3.7542", "--irreducible", "1.6", "--exponent", "0.0941", "--format", "json"]
    assert pair.document == documents(command(*words))


@pytest.mark.parametrize("kind", ["frontier", "isoflop", "optimum", "fit", "residuals", "starts", "bootstrap", "contours"])
def test_figures(kind, command, chinchilla, tmp_path):
    chinchilla.save(tmp_path / "fit.fit.json")
    command("plot", tmp_path / "fit.fit.json", "--kind", kind, "-o", tmp_path / "x.svg", "--data", tmp_path / "x.csv")
    figure = chinchilla.plot(kind)
    assert figure.svg == (tmp_path / "x.svg").read_text()
    assert figure.data["x"] and figure._held.csv() == (tmp_path / "x.csv").read_text()


@pytest.mark.parametrize("kind", ["collapse", "forest", "curves", "holdout", "compare", "plan", "schedule", "forecast", "design"])
def test_figures_of_more_than_a_fit(kind, command, chinchilla, t5, tmp_path):
    dense, sparse = tmp_path / "fit 1.fit.json", tmp_path / "fit 2.fit.json"
    t5.save(sparse)
    chinchilla.save(dense)
    given, words = {}, []
    if kind == "collapse":
        what, files = [t5], [sparse]
    elif kind == "forest":
        what, files = [chinchilla, t5], [dense, sparse]
    elif kind == "curves":
        table = DATA / "gemstones_hot.csv"
        fit = nbar.fit(table, bootstrap=0)
        fit.save(dense)
        what, files = [fit, table], [dense, table]
    elif kind == "schedule":
        what = files = [DATA / "t5_c4_sparse.csv"]
        run = next(row["run"] for row in csv.DictReader(files[0].open()) if row["schedule"] == "cubic")
        given, words = dict(run=run), ["--run", run]
    else:
        answers = {
            "holdout": lambda: nbar.holdout(DATA / "overtraining.csv", bootstrap=40),
            "compare": lambda: nbar.compare(DATA / "t5_c4_sparse.csv", laws="chinchilla,sparse", sizes="average", bootstrap=20),
            "plan": lambda: chinchilla.plan(flops=1e21, inference_tokens="1T"),
            "forecast": lambda: nbar.forecast(DATA / "gemstones_hot.csv", to="200B", lr_schedule="constant"),
            "design": lambda: nbar.design("chinchilla", set=GUESS, target_flops=1e22, budget=1e20, new_runs=12, simulations=20),
        }
        what, files = [answers[kind]()], [tmp_path / "answer.json"]
        files[0].write_text(json.dumps(what[0].document))
    drawn = ["-o", tmp_path / "x.svg", "--data", tmp_path / "x.csv"]
    command("plot", *files, "--kind", kind, *words, *drawn)
    figure = nbar.plot(kind, *what, **given)
    assert figure.svg == (tmp_path / "x.svg").read_text() and figure._held.csv() == (tmp_path / "x.csv").read_text()
