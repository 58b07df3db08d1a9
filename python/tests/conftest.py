"""What the tests share."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def quietly():
    """Warnings of nbar are not what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="session")
def command(tmp_path_factory):
    """Runs the command of this very wheel: exit code, stdout, stderr."""
    folder = tmp_path_factory.mktemp("command")

    def run(*words, ok=(0, 4)):
        call = [sys.executable, "-c", "import sys; from nbar._command import main; sys.exit(main())"]
        done = subprocess.run([*call, *map(str, words)], capture_output=True, text=True, cwd=folder)
        assert done.returncode in ok, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def chinchilla():
    """A fit of the dense sweep, with few draws."""
    import nbar

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nbar.fit(DATA / "chinchilla.csv", where="outlier=0", bootstrap=100)


@pytest.fixture(scope="session")
def t5():
    """A fit of the sparse sweep, with few draws."""
    import nbar

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nbar.fit(DATA / "t5_c4_sparse.csv", bootstrap=100)
