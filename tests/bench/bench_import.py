"""Rows a second of ``listener import mentions``, as a user runs it. Prints figures; asserts nothing.

    python tests/bench/bench_import.py FOLDER [--broken 50]

All ``sentiment_*.csv`` of the folder become one CSV; ``--broken`` rows among them have no text, an unreadable time,
a cell too many or an unclosed quote. The import runs twice: the second time must bring nothing new.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from listener.demo.setting import write_setting

BROKEN = (',"王",2026-11-01\n', '"好",王,从前\n', '"好",王,2026-11-01,多余\n', '"没有闭合,王,2026-11-01\n')


def texts(folder: Path) -> Iterator[str]:
    """The texts of all files, in the order of their names."""
    for path in sorted(folder.glob("sentiment_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as rows:
            yield from (row["text"] for row in csv.DictReader(rows))


def write_table(path: Path, folder: Path, broken: int) -> int:
    """Write the CSV; how many good rows it has."""
    said = [text for text in texts(folder) if text.strip()]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("内容,用户名,时间\n")
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for number, text in enumerate(said):
            writer.writerow([text, f"用户{number}", "2026-11-01 08:30"])
            if number % max(1, len(said) // max(1, broken)) == 0 and broken:
                file.write(BROKEN[number % len(BROKEN)])
    return len(said)


def run(table: Path, home: Path) -> tuple[float, dict[str, object]]:
    """One import: its seconds and its counts."""
    settings = {**os.environ, "LISTENER_DATABASE_URL": f"sqlite:///{home / 'listener.db'}"}
    command = ["import", "mentions", str(table), "--json"]
    words = [sys.executable, "-m", "listener", "--config", str(home / "config"), *command]
    began = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=settings)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    return seconds, json.loads(done.stdout)


def main() -> None:
    """Make the table, import it twice, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--broken", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        write_setting(home / "config", "http://127.0.0.1:9/", 9)
        good = write_table(home / "mentions.csv", given.folder, given.broken)
        print(f"{good} good rows, {(home / 'mentions.csv').stat().st_size / 1e6:.1f} MB")
        for word in ("first", "second"):
            seconds, counts = run(home / "mentions.csv", home)
            shown = ", ".join(f"{counts[key]} {key}" for key in ("read", "new", "known", "rejected"))
            print(f"{word}: {seconds:.2f} s with start-up, {good / seconds:.0f} rows/s; {shown}")


if __name__ == "__main__":
    main()
