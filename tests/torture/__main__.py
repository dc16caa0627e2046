"""`make torture`: every row at its full size, each in a process of its own; what has passed is not run again.

    python -m tests.torture [ROW ...] [--seed N] [--again] [--quick]

Results lie in var/torture/, one JSON file a row. A row that passed with this commit and seed is skipped, so that an
interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.torture.frame import DEFAULT_SEED, REPORT, SEED, SIZE

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
RESULTS = ROOT / "var" / "torture"
MINUTES = 30


def main(arguments: list[str]) -> int:
    """Run the rows; 0 when all passed."""
    rows = sorted(path.stem.removeprefix("test_") for path in HERE.glob("test_*.py"))
    parser = argparse.ArgumentParser(prog="make torture", description="Fault tests at their full size.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of: {', '.join(rows)} (default: all)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of everything that is chosen at random")
    parser.add_argument("--again", action="store_true", help="run rows that have passed, too")
    parser.add_argument("--quick", action="store_true", help="the size that `make test` runs")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.rows) - set(rows))
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(rows)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    results = [_row(row, asked) for row in asked.rows or rows]
    print()
    for result in results:
        figures = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result["figures"].items())
        print(f"{result['outcome']:<7} {result['row']:<12} {result['seconds']:>6.0f} s  {figures}")
    return 0 if all(result["outcome"] == "passed" for result in results) else 1


def _row(row: str, asked: argparse.Namespace) -> dict[str, Any]:
    kept = RESULTS / f"{row}{'-quick' if asked.quick else ''}.json"
    before = _read(kept)
    same = {"commit": _commit(), "seed": asked.seed}
    if not asked.again and before.get("outcome") == "passed" and same.items() <= before.items():
        print(f"{row}: passed before", flush=True)
        return before
    print(f"{row}: running, at most {MINUTES} minutes", flush=True)
    figures = kept.with_suffix(".figures")
    figures.unlink(missing_ok=True)
    began = time.monotonic()
    size = "quick" if asked.quick else "full"
    env = {**os.environ, SIZE: size, SEED: str(asked.seed), REPORT: str(figures)}
    command = [sys.executable, "-m", "pytest", "-q", f"--timeout={MINUTES * 60}", str(HERE / f"test_{row}.py")]
    # A session of its own: what a row that is late has started ends with it.
    process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    try:
        outcome = "passed" if process.wait(MINUTES * 60) == 0 else "failed"
    except subprocess.TimeoutExpired:
        outcome = "late"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    result = {
        "row": row,
        "outcome": outcome,
        "seconds": round(time.monotonic() - began, 1),
        "size": size,
        **same,
        "figures": _read(figures).get("figures", {}),
    }
    kept.write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")
    return result


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _commit() -> str:
    """What is tested: the commit, and a digest of whatever was changed since."""

    def git(*what: str) -> str:
        return subprocess.run(["git", *what], cwd=ROOT, capture_output=True, text=True, check=False).stdout

    changes = git("status", "--porcelain") + git("diff", "HEAD")
    digest = hashlib.sha256(changes.encode()).hexdigest()[:12]
    return git("rev-parse", "HEAD").strip() + (f"+{digest}" if changes else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
