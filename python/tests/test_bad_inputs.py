"""What the command refuses of a file, the module refuses as well: with the same problem and remedy, in the words of Python."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from conftest import DATA

import nbar
from nbar import _nbar

pytestmark = pytest.mark.usefixtures("quietly")
GOOD = "params,tokens,loss\n1e8,2e9,3.9\n1e9,2e10,3.0\n4e9,8e10,2.7\n1e8,2e10,3.5\n1e9,2e9,3.4\n4e9,2e10,2.9\n2e9,4e10,2.8\n"
HF = {"step": 100, "eval_books_loss": 3.4, "eval_web_loss": 3.5}
SAVED = {"schema": "nbar.fit/1", "law": "chinchilla", "constants": True, "parameters": {}}
# The file, its text, and what is done with it: the words of the command behind the file.
CASES = {
    "empty": ("x.csv", "", "fit"),
    "a header alone": ("x.csv", "params,tokens,loss\n", "fit"),
    "no table": ("x.csv", "hello\n", "inspect"),
    "a number that is none": ("x.csv", GOOD.replace("3.9", "high"), "fit"),
    "a loss below zero": ("x.csv", GOOD.replace("3.9", "-3.9"), "fit"),
    "a loss that is infinite": ("x.csv", GOOD.replace("3.9", "inf"), "fit"),
    "a ragged row": ("x.csv", GOOD.replace("3.9", "3.9,7"), "inspect"),
    "columns of other names": ("x.csv", GOOD.replace("params", "size_M").replace("tokens", "toks"), "fit"),
    "columns that are mapped to none": ("x.csv", GOOD, "fit --columns loss=c4_val"),
    "columns of one field": ("x.csv", GOOD.replace("params,", "n_params,num_params,").replace("\n1", "\n1,1").replace("\n4", "\n4,4").replace("\n2", "\n2,2"), "fit"),
    "commas as decimals": ("x.csv", GOOD.replace(",", ";").replace(".", ","), "fit"),
    "too few runs": ("x.csv", "\n".join(GOOD.splitlines()[:4]) + "\n", "fit"),
    "a filter that keeps nothing": ("x.csv", GOOD, "fit --where loss>9"),
    "a filter of no column": ("x.csv", GOOD, "fit --where colour=red"),
    "a filter that is none": ("x.csv", GOOD, "fit --where loss"),
    "a law that needs more": ("x.csv", GOOD, "fit --law repeated-data"),
    "a size that is none": ("x.csv", GOOD, "fit --size mean"),
    "a parameter that is none": ("x.csv", GOOD, "fit --fix gamma=3"),
    "a parameter fixed and tied": ("x.csv", GOOD, "fit --fix alpha=3 --tie alpha=beta"),
    "two ways to say delta": ("x.csv", GOOD, "fit --delta 1e-3 --rho laplace"),
    "an interval that is none": ("x.csv", GOOD, "fit --interval wide"),
    "a level beyond 1": ("x.csv", GOOD, "fit --level 95"),
    "one replicate": ("x.csv", GOOD, "fit --bootstrap 1"),
    "a prune window without its runs": ("x.csv", GOOD, "inspect --prune-window 0.1..0.5"),
    "bits without bytes": ("x.csv", GOOD.replace("loss", "val_bpc"), "fit --columns loss=val_bpc"),
    "bytes without effect": ("x.csv", GOOD, "fit --bytes-per-token 4"),
    "several evaluations": ("trainer_state.json", json.dumps({"log_history": [HF, {**HF, "step": 200}]}), "inspect --run-params 100M"),
    "a history without parameters": ("trainer_state.json", json.dumps({"log_history": [{"step": 100, "eval_loss": 3.5}]}), "inspect"),
    "broken JSON": ("x.json", "{", "inspect"),
    "a recipe as YAML": ("recipe.yaml", "modifiers:\n  - !GMPruningModifier\n", "schedule --params 1B --steps 4000 --json"),
    "a log without counts": ("chart.csv", "a,b\n1,2\n", "schedule --params 1B --steps 400 --trajectories"),
    "a fit that is a table": ("x.csv", GOOD, "predict --params 7B --tokens 1T"),
    "a fit without a constant": ("x.fit.json", json.dumps(SAVED), "predict --params 7B --tokens 1T"),
    "a fit of a later version": ("x.fit.json", json.dumps({**SAVED, "schema": "nbar.fit/9"}), "allocate --flops 1e22"),
    "a fit of a law that is none": ("x.fit.json", json.dumps({**SAVED, "law": "kepler"}), "allocate --flops 1e22"),
    "a share beyond 1": ("x.csv", GOOD, "holdout --top 2"),
    "folds without runs": ("x.csv", GOOD, "holdout --folds 3"),
    "laws that are none": ("x.csv", GOOD, "compare --laws chinchilla,kepler"),
    "no budgets": ("x.csv", GOOD, "isoflop"),
    "one recipe": ("x.csv", GOOD, "versus --group params"),
}


def words_of(text):
    """A refusal without what is written otherwise: flags and keywords, quotes, marks, and the call to try."""
    text = re.sub(r"^(nbar|error): ", "", text.strip(), flags=re.M)
    text = re.split(r"\n\n(?:Usage|For more)|^try", text, flags=re.M)[0]
    text = text.replace("--output NAME.fit.json", "Fit.save")
    text = re.sub(r" <[A-Z,.|:=+-]+>", "", text).replace("the following required arguments were not provided", "not given")
    return re.sub(r"""[-_='"`:;,()\[\].]+""", " ", text).lower().split()


def refused_by_the_module(command, rest):
    """What the extension refuses of these words, which are those that the functions write."""
    try:
        _nbar.answer([command, *rest], {}, {}, {}, None)
    except nbar.Error as error:
        return error
    return None


def refused_by_the_command(*words):
    """What the command says on stderr, if it refuses these words."""
    call = [sys.executable, "-c", "import sys; from nbar._command import main; sys.exit(main())"]
    done = subprocess.run([*call, *words], capture_output=True, text=True)
    assert done.returncode in (0, 2, 3, 4), done.stderr
    return done.stderr if done.returncode in (2, 3) else None


@pytest.mark.parametrize("case", CASES)
def test_files_are_refused_as_by_the_command(case, tmp_path, monkeypatch):
    name, text, asked = CASES[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)
    command, *flags = shlex.split(asked)
    # Flags of a file come last, and take it.
    rest = [*flags, name]
    printed, error = refused_by_the_command(command, *rest), refused_by_the_module(command, rest)
    assert error is not None and printed is not None
    assert error.problem and not re.search(r"(^|[\s'(])--[a-z]", str(error)) and "`" not in str(error)
    said, told = words_of(str(error)), words_of(printed)
    assert said == told, f"\n{error}\n{printed}"
