"""The module and the command answer with the same documents, to the last bit."""

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


@pytest.mark.parametrize("kind", ["frontier", "optimum", "fit", "residuals", "starts", "bootstrap", "contours"])
def test_figures(kind, command, chinchilla, tmp_path):
    chinchilla.save(tmp_path / "fit.fit.json")
    command("plot", tmp_path / "fit.fit.json", "--kind", kind, "-o", tmp_path / "x.svg", "--data", tmp_path / "x.csv")
    figure = chinchilla.plot(kind)
    assert figure.svg == (tmp_path / "x.svg").read_text()
    assert figure.data["x"] and figure._held.csv() == (tmp_path / "x.csv").read_text()


def test_figures_of_answers(command, tmp_path):
    words = ["holdout", DATA / "overtraining.csv", "--bootstrap", "40", "--format", "json"]
    (tmp_path / "holdout.json").write_text(command(*words))
    command("plot", tmp_path / "holdout.json", "--kind", "holdout", "-o", tmp_path / "x.svg")
    figure = nbar.plot("holdout", nbar.holdout(DATA / "overtraining.csv", bootstrap=40))
    assert figure.svg == (tmp_path / "x.svg").read_text()
