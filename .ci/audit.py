"""Are there known vulnerabilities in what the lock pins? Part of `make lint`.

    python .ci/audit.py [LOCK] [--advisories URL]

Exit 0: none known, or no advisory database can be reached, which is said. Exit 1: known vulnerabilities, each with the
version that mends it; or the audit itself failed although the database answers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
ADVISORIES = "https://api.osv.dev/v1/query"
PATIENCE = 3.0
"""Seconds within which the database must have answered once."""
LONGEST = 50.0
"""Seconds for the whole audit: a slow database must not stop the work of a day."""


def main(arguments: list[str]) -> int:
    """Audit the lock; the exit code."""
    parser = argparse.ArgumentParser(description="Known vulnerabilities in what the lock pins.")
    parser.add_argument("lock", nargs="?", type=Path, default=ROOT / "requirements-dev.lock")
    parser.add_argument("--advisories", default=ADVISORIES, metavar="URL", help="an OSV query address")
    asked = parser.parse_args(arguments)
    if not answers(asked.advisories):
        return skipped(asked.advisories, "does not answer")
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off"]
    command += ["--format=json", "--desc=off", "--vulnerability-service=osv", f"--osv-url={asked.advisories}"]
    command += [f"--timeout={PATIENCE:.0f}", f"--requirement={asked.lock}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return skipped(asked.advisories, f"did not answer for everything within {LONGEST:.0f} s")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if "ConnectionError" in done.stderr or "ConnectTimeout" in done.stderr or "ReadTimeout" in done.stderr:
            return skipped(asked.advisories, f"broke off: {last[:200]}")
        print(f"audit: failed: {last[:500]}", file=sys.stderr)
        return 1
    return judged(found["dependencies"], asked.lock)


def answers(url: str) -> bool:
    """Whether anything at all comes back from there in time; an error status is an answer, too."""
    came = threading.Event()

    def ask() -> None:
        try:
            urllib.request.urlopen(url, timeout=PATIENCE).close()
        except urllib.error.HTTPError:
            pass
        except (OSError, ValueError):
            return
        came.set()

    # In a thread of its own: looking up a name knows no timeout.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE + 1)
    return came.is_set()


def skipped(url: str, why: str) -> int:
    print(f"audit: NOT DONE: no advisory database can be reached ({url} {why}); run `make lint` again when online")
    return 0


def judged(packages: list[dict[str, object]], lock: Path) -> int:
    """Say what was found; 1 when it is anything."""
    bad = 0
    for package in packages:
        for one in package.get("vulns", ()):  # type: ignore[attr-defined]
            bad += 1
            mended = ", ".join(one["fix_versions"]) or "no version yet"
            print(f"audit: {package['name']} {package['version']}: {one['id']}; mended in {mended}", file=sys.stderr)
    left = [str(package["name"]) for package in packages if "skip_reason" in package]
    if left:
        print(f"audit: not looked at: {', '.join(left)}", file=sys.stderr)
    if bad or left:
        return 1
    print(f"audit: {len(packages)} packages of {lock.name}, no known vulnerability")
    return 0


if __name__ == "__main__":
    # Not sys.exit alone: a name that is still being looked up must not keep the process.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
