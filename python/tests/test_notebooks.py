"""The notebooks run, and show what they showed."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
sys.path.insert(0, str(FOLDER))
BOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_shows_what_it_showed(name):
    import run

    for count, expected, found in run.run(FOLDER / name):
        assert found == expected, f"cell {count}"


def test_there_are_notebooks():
    assert len(BOOKS) >= 2
