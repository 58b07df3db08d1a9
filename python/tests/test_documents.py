"""What is written about the module runs, and its types are what they say."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from conftest import DATA

import nbar

HERE = Path(nbar.__file__).parent
ROOT = DATA.parent
MODULES = sorted(module.name for module in pkgutil.iter_modules(nbar.__path__, "nbar."))


@pytest.mark.parametrize("name", ["nbar", *MODULES])
def test_examples(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert done.failed == 0


def test_everything_public_is_described():
    for name in nbar.__all__:
        value = getattr(nbar, name)
        assert name == "__version__" or value.__doc__, name
        methods = vars(value).items() if isinstance(value, type) else []
        assert all(method.__doc__ for key, method in methods if not key.startswith("_") and callable(method)), name


def test_the_version_is_that_of_the_crate():
    manifest = (ROOT / "Cargo.toml").read_text()
    assert f'version = "{nbar.__version__}"' in manifest


@pytest.mark.parametrize("call", [["mypy", "--strict", "-p", "nbar"], ["mypy.stubtest", "nbar._nbar"]])
def test_types(call, tmp_path):
    done = subprocess.run([sys.executable, "-m", *call], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_the_project_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(DATA)
    (tmp_path / "sweep.csv").write_bytes((DATA / "chinchilla.csv").read_bytes())
    for page in ("README.md", "python/README.md", "docs/guide.md"):
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
        assert blocks, page
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for block in blocks:
                exec(compile(block, page, "exec"), {})
