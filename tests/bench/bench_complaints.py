"""Complaint figures: ``python tests/bench/bench_complaints.py FOLDER [--half even|odd] [--show KIND]``.

FOLDER holds ``complaint_dev.csv`` with the columns label (complaint, other), kind and text. Printed for each kind:
the share that is called a complaint, surely (yes) and surely or perhaps (yes + review). No source prior is given.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

from listener.complaints import judge
from listener.model import Tier
from listener.nlp.analyse import Analyser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("all", "even", "odd"), default="all")
    parser.add_argument("--show", default="", help="print the texts of this kind that were judged wrongly")
    options = parser.parse_args()
    with (options.folder / "complaint_dev.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rows = {"all": rows, "even": rows[::2], "odd": rows[1::2]}[options.half]
    analyser = Analyser()
    tiers: dict[tuple[str, str], list[Tier]] = defaultdict(list)
    for row in rows:
        analysis = analyser.analyse(row["text"])
        complaint = judge(row["text"], analysis)
        tiers[row["label"], row["kind"]].append(complaint.tier)
        if row["kind"] == options.show and (complaint.tier is Tier.NO) == (row["label"] == "complaint"):
            print(complaint.tier, complaint.reason, row["text"][:120].replace("\n", " "), sep=" | ")
    for (label, kind), found in sorted(tiers.items()):
        sure = sum(tier is Tier.YES for tier in found) / len(found)
        seen = sum(tier is not Tier.NO for tier in found) / len(found)
        print(f"{label:10} {kind:18} {len(found):5} texts   yes {sure:.3f}   yes or review {seen:.3f}")


if __name__ == "__main__":
    main()
