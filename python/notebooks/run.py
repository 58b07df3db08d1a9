"""Runs notebooks, cell by cell as a notebook does, and writes or compares what they show.

    python python/notebooks/run.py NOTEBOOK...          compares
    BLESS=1 python python/notebooks/run.py NOTEBOOK...  writes

Cells with the tag "varies" run, and what they show is not compared: it depends on the machine and on what is installed.
"""

import ast
import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

# Not compared: pictures, which the texts go with.
KEPT = ("text/plain", "text/html", "image/svg+xml")


def shown(value):
    """What a notebook shows of a value."""
    data = {"text/plain": repr(value)}
    for kind, name in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_")):
        if hasattr(value, name):
            data[kind] = getattr(value, name)()
    if "image/svg+xml" in data:
        data["text/plain"] = "<Figure>"
    return {kind: text.splitlines(keepends=True) for kind, text in data.items() if kind in KEPT}


def run_cell(source, names, count):
    """Run one cell; its outputs."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    stdout, outputs, value = io.StringIO(), [], None
    with contextlib.redirect_stdout(stdout), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(compile(tree, f"cell {count}", "exec"), names)
        if last is not None:
            value = eval(compile(last, f"cell {count}", "eval"), names)
    said = [f"{warning.category.__name__}: {warning.message}\n" for warning in caught]
    if said:
        outputs.append({"name": "stderr", "output_type": "stream", "text": said})
    if stdout.getvalue():
        text = stdout.getvalue().splitlines(keepends=True)
        outputs.append({"name": "stdout", "output_type": "stream", "text": text})
    if value is not None:
        outputs.append({"data": shown(value), "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def texts(outputs):
    """What is compared of outputs: their texts."""
    each = (output.get("text") or output["data"]["text/plain"] for output in outputs)
    return ["".join(text) for text in each]


def run(path):
    """Run a notebook in its folder; the cells whose texts differ from those that it shows."""
    book = json.loads(path.read_text())
    before, names, differing, count = os.getcwd(), {}, [], 0
    os.chdir(path.parent)
    try:
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                found = run_cell("".join(cell["source"]), names, count)
                varies = "varies" in cell["metadata"].get("tags", [])
                if not varies and texts(found) != texts(cell["outputs"]):
                    differing.append((count, texts(cell["outputs"]), texts(found)))
                cell.update(outputs=found, execution_count=count)
    finally:
        os.chdir(before)
    if os.environ.get("BLESS") == "1":
        path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n")
    return differing


if __name__ == "__main__":
    failed = [(name, run(Path(name))) for name in sys.argv[1:]]
    for name, cells in failed:
        for count, expected, found in cells:
            print(f"{name}, cell {count}:\n{expected}\nis now\n{found}")
    sys.exit(any(cells for _, cells in failed) and os.environ.get("BLESS") != "1")
