"""Teaching as a manager types it: correct, sample, label, train, replay; wrong input is one clear line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.acceptance.test_cli import home, run, started

__all__ = ["home", "started"]

MENTIONS = """platform,native_id,url,author_name,text,published_at
discuz,11,http://f.example/11,老王,晨曜刹车失灵，4S店没人管，要求退车,2026-11-22 10:00
discuz,12,http://f.example/12,老李,晨曜今天提车，颜色是白的,2026-11-22 11:00
"""


def test_a_manager_corrects_samples_labels_and_trains(home: Path) -> None:
    (home / "m.csv").write_text(MENTIONS, encoding="utf-8")
    now = {"LISTENER_NOW": "2026-11-23T10:00:00+08:00"}
    assert run(home, "import", "mentions", "m.csv", "--source", "f", "--platform", "discuz", **now).returncode == 0
    assert run(home, "process", **now).returncode == 0
    done = run(home, "correct", "--case", "1", "--complaint", "no", "--as", "张敏", "--note", "玩笑", **now)
    assert "非投诉" in done.stdout, done.stderr
    (home / "o.csv").write_text("foo,bar\n3,x\n", encoding="utf-8")
    other = run(home, "corrections", "import", "o.csv", "--as", "张敏", **now)
    assert (other.returncode, "不是标注表，现有的列：foo、bar" in other.stderr) == (2, True)
    (home / "l.csv").write_text("label,text\n负面,很差\n好,很好\n", encoding="utf-8")
    wrong = run(home, "nlp", "evaluate", "l.csv", **now).stderr
    assert wrong == "l.csv:3 [label]: 不能是「好」 → 负面 negative、中性 neutral、正面 positive\n"
    refused = run(home, "nlp", "sample", "--since", "7d", "--out", "config", "--as", "张敏", **now)
    assert (refused.returncode, "是目录，不是文件" in refused.stderr) == (2, True)
    assert run(home, "nlp", "sample", "--since", "7d", "--out", "s.csv", "--as", "张敏", **now).returncode == 0
    with (home / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    with (home / "s.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "sentiment": "中性" if row["mention"] == "2" else "不好"} for row in rows)
    labelled = run(home, "corrections", "import", "s.csv", "--as", "张敏", **now)
    assert labelled.returncode == 2 and "s.csv:2" in labelled.stderr and "已纠正 1 条" in labelled.stdout
    found = json.loads(run(home, "corrections", "list", "--json", **now).stdout)
    assert [(row["field"], row["drawn"]) for row in found] == [("sentiment", True), ("complaint", False)]
    trained = json.loads(run(home, "nlp", "train", "--as", "张敏", "--json", **now).stdout)
    assert trained["accepted"] is False and trained["figures"]["shipped"]["before"]["texts"] > 400
    replayed = json.loads(run(home, "replay", "--json", **now).stdout)
    assert (replayed["read"], replayed["changed"], replayed["written"]) == (2, 0, False)
