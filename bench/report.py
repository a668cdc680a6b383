"""Time and memory of a report (data, page, card), the page's size and its first paint, for a run of a million documents.

    python bench/report.py FOLDER [DOCUMENTS]

The run is made here column by column: 60 signals in five steps, texts of 3 kB on average, a third of the documents kept. Making it
takes a minute or two and about 1 GB of disk; it stays in FOLDER, so a second call measures only.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from harness import ROOT, machine

sys.path.insert(0, str(ROOT / "tests"))
import chromium

ROUNDS = 3
WRITE = """
import resource, sys
from tamis.report.card import write_card
from tamis.report.data import write_data
from tamis.report.page import write_page
write_data(sys.argv[1]), write_page(sys.argv[1]), write_card(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
SHARD = 20_000
STEPS = [
    ("language", 4),
    ("gopher_repetition", 13),
    ("gopher_quality", 8),
    ("c4_lines", 5),
    ("fineweb_quality", 5),
    ("more", 25),
]


def main() -> int:
    out = Path(sys.argv[1])
    documents = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if not (out / "run.json").exists():
        make(out, documents)
    start, cpu, peak = time.monotonic(), processor(), 0
    shutil.rmtree(out / "report", ignore_errors=True)
    done = subprocess.run([sys.executable, "-c", WRITE, str(out)], check=True, capture_output=True, text=True)
    seconds, cpu, peak = time.monotonic() - start, processor() - cpu, int(done.stdout)
    data, page = ((out / "report" / name).stat().st_size / 1e6 for name in ("data.json", "index.html"))
    came = json.loads((out / "report" / "data.json").read_bytes())["summary"]["documents"]["in"]
    print(machine())
    print(
        f"{came:,} documents: {seconds:.1f} s, {cpu:.1f} s of processor time, {peak / 1024:,.0f} MB at most"
    )
    print(f"data.json {data:.1f} MB, page {page:.2f} MB")
    painted = [paint(out / "report" / "index.html") for _round in range(ROUNDS)] if chromium.find() else []
    if painted:
        spread = f"{min(painted):.2f} to {max(painted):.2f}"
        print(f"first paint {statistics.median(painted):.2f} s ({spread}), each in a browser of its own")
    enough = seconds < 30 and peak < 1 << 20 and page < 3 and all(one < 1 for one in painted)
    print("enough" if enough else "TOO SLOW OR TOO LARGE (wanted 30 s, 1 GB, 3 MB, paint within 1 s)")
    return 0 if enough else 1


def processor() -> float:
    """Seconds of processor time of all processes that have ended below this one."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def paint(page: Path) -> float:
    """Seconds from the navigation to the first contentful paint, as the browser itself counts them."""
    with chromium.Chromium() as browser:
        browser.open(page.resolve().as_uri())
        found: Any = None
        while not found:
            found = browser.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        return float(found) / 1000


def make(out: Path, documents: int) -> None:
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(20_000)]
    texts = pa.array(
        [" ".join(rng.choices(words, k=rng.randint(100, 900))) for _ in range(3_000)], pa.large_string()
    )
    steps = [
        {
            "step": name,
            "op": name,
            "kind": "signal",
            "scope": "row",
            "cost": "cheap",
            "gate": name == "language",
            "signals": [
                {"name": f"s{k}", "type": "float64", "low": 0, "high": 1, "meaning": ""} for k in range(n)
            ],
        }
        for name, n in STEPS
    ]
    steps.append(
        {
            "step": "minhash",
            "op": "minhash",
            "kind": "signal",
            "scope": "corpus",
            "cost": "medium",
            "gate": False,
            "signals": [
                {"name": "cluster", "type": "label"},
                {"name": "cluster_size", "type": "int64"},
                {"name": "rank", "type": "int64"},
                {"name": "similarity", "type": "float64"},
            ],
        }
    )
    rules = [
        {"step": name, "rule": f"s{k}", "signal": f"s{k}", "max": 0.97}
        for name, n in STEPS[:5]
        for k in range(n)
    ]
    rules.append({"step": "minhash", "rule": "rank", "signal": "rank", "max": 0})
    for shard in range(documents // SHARD):
        write_shard(out, shard, rng, texts, steps, rules)
    pq.write_table(pa.table({"shard": list(range(documents // SHARD))}), out / "plan.parquet")
    run = {
        "v": 1,
        "tamis": "bench",
        "status": "complete",
        "recipe": {"name": "bench"},
        "inputs": [],
        "options": {},
        "phases": [{"number": 0, "kind": "rows"}],
        "steps": steps,
        "rules": rules,
    }
    (out / "run.json").write_text(json.dumps(run))


def write_shard(
    out: Path, shard: int, rng: random.Random, texts: pa.Array, steps: list[Any], rules: list[Any]
) -> None:
    n = SHARD
    columns: dict[str, Any] = {
        "id": pa.array([f"{rng.getrandbits(128):032x}" for _ in range(n)]),
        "text": texts.take(pa.array([rng.randrange(3_000) for _ in range(n)])),
        "url": pa.array(
            [f"https://h{int(rng.paretovariate(0.7)) % 50_000}.example.org/{k}" for k in range(n)]
        ),
        "date": pa.array(
            [f"20{rng.randint(15, 24)}-{rng.randint(1, 12):02d}-01T00:00:00Z" for _ in range(n)]
        ),
        "source": pa.array([f"dump-{rng.randint(1, 5)}" for _ in range(n)]),
        "charset": pa.array(["utf-8 (header)"] * n),
        "row": pa.array(range(n), pa.int64()),
    }
    columns["origin"] = pa.StructArray.from_arrays(
        [pa.array([f"f{shard}.warc.gz"] * n), pa.array([100 * k for k in range(n)], pa.int64())],
        ["name", "offset"],
    )
    columns["text_chars"] = pc.utf8_length(columns["text"]).cast(pa.int64())
    columns["text_words"] = pc.divide(columns["text_chars"], 6)
    for step in steps[:-1]:
        for signal in step["signals"]:
            values = pc.power(pc.random(n, initializer=rng.randrange(1 << 30)), rng.choice([0.5, 1, 1, 2, 5]))
            columns[f"{step['step']}.{signal['name']}"] = values
    size = pa.array([2 if rng.random() < 0.2 else 1 for _ in range(n)], pa.int64())
    columns["minhash.cluster_size"] = size
    columns["minhash.cluster"] = columns["id"].take(pa.array([k - k % 2 for k in range(n)]))
    columns["minhash.rank"] = pc.if_else(
        pc.equal(size, 2), pa.array([k % 2 for k in range(n)], pa.int64()), 0
    )
    columns["minhash.similarity"] = pc.if_else(pc.equal(size, 2), pc.random(n, initializer=shard), None)
    table = pa.table(columns)
    failing: list[list[str]] = [[] for _ in range(n)]
    for rule in rules:
        column = table[f"{rule['step']}.{rule['signal']}"]
        for at in pc.indices_nonzero(pc.greater(column, rule["max"])).to_pylist():
            failing[at].append(f"{rule['step']}.{rule['rule']}")
    first = pa.array([rules_of[0] if rules_of else None for rules_of in failing], pa.string())
    removed = pc.is_valid(first)
    sides = {"kept": table.filter(pc.invert(removed))}
    sides["removed"] = (
        table.append_column("removed_by", first)
        .append_column("failed_rules", pa.array(failing))
        .filter(removed)
    )
    outputs = []
    for role, part in sides.items():
        (out / role).mkdir(parents=True, exist_ok=True)
        pq.write_table(
            part, out / role / f"{shard:06d}-00000000.parquet", compression="zstd", row_group_size=5_000
        )
        outputs.append({"role": role, "path": f"{role}/{shard:06d}-00000000.parquet", "rows": part.num_rows})
    (out / "phases" / "0").mkdir(parents=True, exist_ok=True)
    manifest = {"v": 1, "phase": 0, "task": shard, "deterministic": {"counts": {"in": n}, "outputs": outputs}}
    (out / "phases" / "0" / f"{shard:06d}.json").write_text(json.dumps(manifest))


if __name__ == "__main__":
    sys.exit(main())
