#!/usr/bin/env bash
# Times nbar beside what Python users run, on one thread of this machine, and prints the ratios.
# Needs Rust and Python 3 with pip; takes about two minutes, most of it Python's.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -m venv target/peers
target/peers/bin/pip install --quiet numpy scipy
OMP_NUM_THREADS=1 target/peers/bin/python benches/peers/python_peers.py data/chinchilla.csv screen bootstrap grid \
    >target/peers/python.jsonl
cargo bench --quiet --bench tasks >target/peers/nbar.jsonl
target/peers/bin/python - <<'PYTHON'
import json, platform, subprocess, numpy, scipy
read = lambda name: [json.loads(line) for line in open(f"target/peers/{name}.jsonl") if line.startswith("{")]
python = {row["method"]: row for row in read("python")}
ours = {row["task"]: row["seconds"] for row in read("nbar")}
rows = [("default fit: screen, 16 starts, polish", "screen", "cpu_s", "fit"),
        ("the 4,500 starts of Hoffmann et al.", "grid", "cpu_s", "hoffmann"),
        ("bootstrap of 4,000 replicates", "bootstrap", "cpu_s_per_4000", "bootstrap")]
print("| 240 runs, one thread | NumPy + SciPy, s | nbar, s | ratio |\n|---|---|---|---|")
for what, method, field, task in rows:
    theirs = python[method][field]
    print(f"| {what} | {theirs:.3g} | {ours[task]:.2g} | {theirs / ours[task]:.0f} x |")
print()
for task in ("rows_1e3", "rows_1e4", "rows_1e5", "rows_1e6", "trajectory_1e6"):
    print(f"{task}: {ours[task]:.2g} s")
rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]
cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), platform.machine())
print(f"\nPython {platform.python_version()}, NumPy {numpy.__version__}, SciPy {scipy.__version__}; rustc {rustc}; {cpu}")
PYTHON
