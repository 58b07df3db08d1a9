#!/usr/bin/env python3
"""What users wait for: CPU seconds of fits with 1,000 replicates on one thread, before | after | peer, as a Markdown table.

    benches/waiting.py [OLD] NEW [--shared DIR] [--python PYTHON] [--only TEXT]

OLD, NEW   two builds of the command, or one. Each fits every law to every table of data/ that has its columns, and the
           cases named below. The fastest of three runs counts where they are short.
--shared   a folder with tables/*.csv and cases/hostile/*.csv, which are fitted too.
--python   an interpreter with NumPy and SciPy. It fits the Chinchilla law and 1,000 resamples to the same rows, with
           benches/peers/python_peers.py.
--only     keep the cases with this text in their name.

Bold marks what NEW takes more for than its limit. A case that an input error ends is listed below the table.
"""
import argparse, csv, json, os, re, resource, signal, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benches" / "peers" / "python_peers.py"
CPU_LIMIT = 100
LIMITS = {"fit": 0.5, "bnsl2": 2.0, "journey": 2.0, "compare": 1.5}


def laws(nbar):
    """The laws that a build knows: it lists them when it is asked for one that does not exist."""
    asked = [nbar, "fit", ROOT / "data" / "chinchilla.csv", "--law", "?"]
    said = subprocess.run(asked, capture_output=True, text=True).stderr
    return re.search(r"[\w-]+(?:, [\w-]+){2,}", said).group().split(", ")


def cases(known, shared, scratch):
    """Name, arguments and limit of each case; the name of a fit is that of its table and law."""
    def fit(path, law="chinchilla", *more):
        limit = LIMITS["bnsl2" if law == "bnsl2" else "journey" if "journey" in path.name else "fit"]
        return (" ".join([path.stem, law, *more]), ["fit", path, "--law", law, *more], limit)

    chinchilla, sparse = ROOT / "data" / "chinchilla.csv", ROOT / "data" / "t5_c4_sparse.csv"
    four = "chinchilla,averaged,power-mean,sparse"
    yield ("t5_c4_sparse compare, eight candidates", ["compare", sparse, "--laws", four], LIMITS["compare"])
    few = [thirteen(chinchilla, scratch)]
    if shared:
        hostile = sorted((shared / "cases" / "hostile").glob("*.csv"))
        few += [table for table in hostile if table.name.startswith("n_")]
        yield fit(shared / "tables" / "journey.csv", "power-mean")
        yield from (fit(table) for table in hostile)
        yield fit(shared / "cases" / "hostile" / "coupled7.csv", "coupled")
    # Law by law, the costly ones last.
    for law in known:
        yield from (fit(table, law) for table in sorted((ROOT / "data").glob("*.csv")))
        yield fit(chinchilla, law, "--where", "outlier=0")
        if law in ("coupled", "bnsl", "bnsl2"):
            yield from (fit(table, law) for table in few)


def thirteen(table, scratch):
    """Every nineteenth row of a table: 13 of the 245."""
    path = Path(scratch) / f"13_of_{table.name}"
    head, *rows = table.read_text().splitlines(keepends=True)
    path.write_text("".join([head, *rows[::19]]))
    return path


def seconds(nbar, arguments):
    """CPU seconds, user and system, the fastest of three runs or as many as a second has room for; or what ended it."""
    runs = []
    while len(runs) < 3 and sum(runs) < 1:
        # A file and not a pipe, which would fill.
        with tempfile.TemporaryFile() as talk:
            command = [nbar, *arguments, "--bootstrap", "1000", "--jobs", "1", "--format", "json"]
            cap = lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT, CPU_LIMIT + 1))
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=talk, preexec_fn=cap)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = code = os.waitstatus_to_exitcode(status)
            if code in (-signal.SIGXCPU, -signal.SIGKILL):
                return float("inf"), None
            if code not in (0, 4):
                talk.seek(0)
                return None, f"exit {code}: {(talk.read().decode(errors='replace').splitlines() or [''])[-1]}"
            runs.append(usage.ru_utime + usage.ru_stime)
    return min(runs), None


def peer(python, arguments, scratch):
    """CPU seconds of SciPy for the Chinchilla law and 1,000 resamples on the last row of each run."""
    path = Path(arguments[1])
    with path.open() as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"params", "tokens", "loss"} <= set(rows[0]):
        return None
    last = {}
    for number, row in enumerate(rows):
        run = row.get("run", number)
        last[run] = max(last.get(run, row), row, key=lambda row: float(row["tokens"]))
    keep = ["params", "tokens", "loss"] + (["outlier"] if "--where" in arguments else [])
    dense = Path(scratch) / "peer.csv"
    with dense.open("w") as file:
        writer = csv.DictWriter(file, keep, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(last.values())
    said = subprocess.run([python, PEERS, dense, "screen", "bootstrap"], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True).stdout
    screen, bootstrap = map(json.loads, said.splitlines())
    return screen["cpu_s"] + bootstrap["cpu_s_per_4000"] / 4


def shown(time):
    return "-" if time is None else f"> {CPU_LIMIT}" if time == float("inf") else f"{time:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="+", metavar="BUILD")
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--python")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    builds = [os.path.abspath(build) for build in options.builds]
    if len(builds) > 2:
        parser.error("one or two builds")
    left_out, slow, total = [], [], 0
    print("| case | before, s | after, s | peer, s | limit, s |\n|---|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, arguments, limit in cases(laws(builds[-1]), options.shared, scratch):
            if options.only not in name:
                continue
            after, why = seconds(builds[-1], arguments)
            before = seconds(builds[0], arguments)[0] if len(builds) == 2 else None
            if after is None:
                left_out.append(f"- {name}: {why}" + (f" (before: {shown(before)} s)" if before is not None else ""))
                continue
            by_peer = arguments[0] == "fit" and arguments[3] == "chinchilla" and options.python
            theirs = peer(options.python, arguments, scratch) if by_peer else None
            total += 1
            cell = shown(after)
            if after > limit:
                slow.append(name)
                cell = f"**{cell}**"
            print(f"| {name} | {shown(before)} | {cell} | {shown(theirs)} | {limit} |", flush=True)
    print(f"\n{len(slow)} of {total} cases are above their limit.")
    if left_out:
        print("\nLeft out:\n\n" + "\n".join(left_out))


if __name__ == "__main__":
    main()
