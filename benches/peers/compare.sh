#!/usr/bin/env bash
# Times nbar beside what Python users run, on one thread of this machine, and prints the ratios.
# Needs Rust and Python 3 with pip; takes about two minutes, most of it Python's.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -m venv target/peers
target/peers/bin/pip install --quiet numpy scipy
OMP_NUM_THREADS=1 target/peers/bin/python benches/peers/python_peers.py data/chinchilla.csv screen bootstrap grid \
    >target/peers/python.jsonl
cargo bench --quiet --bench tasks >target/peers/tasks.txt
target/peers/bin/python - <<'PYTHON'
import json, platform, subprocess, numpy, scipy
lines = [json.loads(line) for line in open("target/peers/python.jsonl") if line.startswith("{")]
python = {row["method"]: row for row in lines}
tasks = dict(line.split(": ", 1) for line in open("target/peers/tasks.txt") if " s, the fastest" in line)
def ours(task):
    return float(tasks[task].split()[0])
rows = [("default fit: two screens, 18 starts, polish", "screen", "cpu_s", "fit"),
        ("the 4,500 starts of Hoffmann et al.", "grid", "cpu_s", "hoffmann"),
        ("bootstrap of 4,000 replicates", "bootstrap", "cpu_s_per_4000", "bootstrap")]
print("| 240 runs, one thread | NumPy + SciPy, s | nbar, s | ratio |\n|---|---|---|---|")
for what, method, field, task in rows:
    theirs = python[method][field]
    print(f"| {what} | {theirs:.3g} | {ours(task):.2g} | {theirs / ours(task):.0f} x |")
print()
for task in ("rows/1000", "rows/10000", "rows/100000", "rows/1000000", "rows/10000000", "trajectory"):
    print(f"{task}: {ours(task):.2g} s")
rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]
cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), platform.machine())
print(f"\nPython {platform.python_version()}, NumPy {numpy.__version__}, SciPy {scipy.__version__}; rustc {rustc}; {cpu}")
PYTHON
