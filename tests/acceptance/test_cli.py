"""The command line as a user types it: exit codes, one clear line for what is wrong, nothing lost."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

COLUMNS = [
    "source", "platform", "native_id", "url", "title", "author_id", "author_name", "text", "published_at",
    "captured_at", "duplicate_of", "topics", "sentiment", "sentiment_score", "complaint", "category", "severity",
    "customer_id", "case_id",
]  # fmt: skip


def run(cwd: Path, *words: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LISTENER_")}
    return subprocess.run(
        [sys.executable, "-m", "listener", *words],
        cwd=cwd,
        env=clean | environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a starter configuration, made once by the command."""
    folder = tmp_path_factory.mktemp("starter")
    words = ("--company", "晨曜汽车", "--brands", "晨曜", "--receiver", "张敏", "--receiver-mail", "z@example.com")
    done = run(folder, "init", "--yes", *words)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def home(tmp_path: Path, started: Path) -> Path:
    """A folder with a starter configuration of its own."""
    shutil.copytree(started, tmp_path, dirs_exist_ok=True)
    return tmp_path


def write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")


def test_the_starter_is_checked_and_found_good(home: Path) -> None:
    done = run(home, "check")
    assert (done.returncode, "配置正确" in done.stdout) == (0, True)


def test_init_asks_when_it_is_not_told(tmp_path: Path) -> None:
    answers = "晨曜汽车\n晨曜\n\n\n\n张敏\nz@example.com\nqq\n\n\n"
    done = run(tmp_path, "init", given=answers)
    assert done.returncode == 0, done.stderr
    assert "QQ 邮箱" in done.stdout
    assert 'host = "127.0.0.1"' in (tmp_path / "config" / "listener.toml").read_text(encoding="utf-8")


def test_init_goes_on_when_the_test_mail_cannot_go_out(tmp_path: Path) -> None:
    answers = "晨曜汽车\n晨曜\n\n\n\n张敏\nz@example.com\nother\nhttp://127.0.0.1:9/feed\n"
    done = run(tmp_path, "init", "--mail-user", "robot@example.com", given=answers, LISTENER_MAIL_PASSWORD="s3cret")
    assert done.returncode == 0, done.stderr
    assert "测试邮件没有发出" in done.stderr
    assert "news" in done.stdout, "the feed is previewed all the same"
    assert "s3cret" not in done.stdout + done.stderr


def test_check_tells_every_mistake_with_file_key_line_and_mend(home: Path) -> None:
    write(home / "config" / "sources" / "bad.toml", 'name = "bad"\nplatform = "discus"\nurl = "http://a.example/"\n')
    write(
        home / "config" / "sources" / "forum.toml",
        'name = "forum"\nplatform = "discuz"\nurl = "http://a.example/"\nforum = [2]\n',
    )
    done = run(home, "check")
    assert done.returncode == 2
    assert "discuz" in done.stderr
    assert "forums" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("共 ")
    assert run(home, "--lang", "en", "check").stderr.splitlines()[-1].endswith(" mistakes")


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("listener.toml", 'compny = "x"\n', "company"),
        ("listener.toml", 'company = "x"\n[schedule]\nreport = "99 * * * *"\n', "cron"),
        ("listener.toml", 'company = "x"\n[mail]\nuser = "robot"\n', "LISTENER_MAIL_PASSWORD"),
        ("listener.toml", 'company = "x"\n[mail]\nport = "many"\n', "listener.toml:3"),
        ("sla.toml", '[[outside]]\nname = "12345"\nregions = ["上每"]\nclose = "5d"\n', "12345 不认识地区「上每」"),
        ("sources/other.toml", 'name = "news"\nplatform = "feed"\nurl = "http://a.example/"\n', "news.toml"),
    ],
)
def test_each_kind_of_mistake_ends_with_2(home: Path, file: str, content: str, says: str) -> None:
    write(home / "config" / file, content)
    done = run(home, "check")
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("content", ['company = "晨曜"\n'.encode("gb18030"), b'\xef\xbb\xbfcompany = "x"\n'])
def test_files_of_another_encoding_end_with_2(home: Path, content: bytes) -> None:
    (home / "config" / "listener.toml").write_bytes(content)
    done = run(home, "check")
    assert done.returncode == 2
    assert "UTF-8" in done.stderr


def test_a_crawl_that_saw_nothing_ends_with_3(home: Path) -> None:
    write(home / "config" / "sources" / "news.toml", 'name = "news"\nplatform = "feed"\nurl = "http://127.0.0.1:9/f"\n')
    done = run(home, "crawl", "news", "--json")
    assert done.returncode == 3
    facts = json.loads(done.stdout)
    assert (facts["outcome"], facts["found"]) == ("unreachable", 0)
    status = json.loads(run(home, "status", "--json").stdout)
    assert status["sources"][0]["outcome_code"] == "unreachable"


def test_an_unknown_source_names_the_nearest(home: Path) -> None:
    done = run(home, "crawl", "nws")
    assert (done.returncode, "news" in done.stderr) == (2, True)


def test_an_import_keeps_broken_rows_aside_and_twice_is_nothing_new(home: Path) -> None:
    rows = "内容,用户名,时间\n晨曜刹车失灵，4S店没人管,甲,2026-11-20 10:00\n,乙,2026-11-20\n"
    rows += "很好,丙,2026-11-21\n坏时间,丁,不知道\n"
    (home / "reviews.csv").write_bytes(rows.encode("gb18030"))
    first = json.loads(run(home, "import", "mentions", "reviews.csv", "--json").stdout)
    assert (first["read"], first["new"], first["rejected"]) == (4, 2, 2)
    with (home / first["reject_file"]).open(encoding="utf-8-sig", newline="") as file:
        assert [row[0] for row in csv.reader(file)][1:] == ["3", "5"]
    again = json.loads(run(home, "import", "mentions", "reviews.csv", "--json").stdout)
    assert (again["new"], again["known"]) == (0, 2)


def test_process_report_and_export_after_an_import(home: Path) -> None:
    write(home / "r.csv", "text,author\n晨曜刹车失灵，4S店没人管，电话13812345678,甲\n=1+1,乙\n")
    run(home, "import", "mentions", "r.csv")
    done = json.loads(run(home, "process", "--json").stdout)
    assert (done["captures"], done["cases"], done["set_aside"]) == (2, 1, 0)
    assert run(home, "export", "mentions", "--out", "m.csv").returncode == 0
    with (home / "m.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(COLUMNS) <= set(rows[0])
    assert "138****5678" in "".join(row["text"] for row in rows)
    assert run(home, "export", "mentions", "--out", "m.xlsx").returncode == 0
    assert load_workbook(home / "m.xlsx").active is not None
    lines = run(home, "export", "cases", "--out", "c.jsonl")
    assert lines.returncode == 0
    assert len((home / "c.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert run(home, "report", "--out", "r").returncode == 0
    assert (home / "r" / "index.html").exists()
    assert run(home, "report", "--from", "2026-13-01").returncode == 2


def test_unmasked_needs_a_person_who_may_and_is_audited(home: Path) -> None:
    assert run(home, "export", "mentions", "--out", "m.csv", "--unmask").returncode == 2
    assert run(home, "export", "mentions", "--out", "m.csv", "--unmask", "--as", "无名").returncode == 2
    assert run(home, "export", "mentions", "--out", "m.csv", "--unmask", "--as", "张敏").returncode == 0


def test_analyse_prints_one_json_line_for_each_text(home: Path) -> None:
    done = run(home, "analyse", "-", given="刹车失灵\n很好\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["sentiment"] for line in lines] == ["negative", "positive"]
    wanted = {"text", "language", "sentiment", "probabilities", "complaint", "complaint_reason", "severity",
              "categories", "remedy", "entities", "words"}  # fmt: skip
    assert wanted <= set(lines[0])
    assert sum(lines[0]["probabilities"]) == pytest.approx(1, abs=0.001)


def test_a_lost_key_file_needs_the_operator(home: Path) -> None:
    write(home / "c.csv", "external_id,name,phone\nK1,王芳,13812345678\n")
    assert run(home, "import", "customers", "c.csv").returncode == 0
    (home / "var" / "listener.keys").unlink()
    done = run(home, "customers", "show", "K1")
    assert (done.returncode, "listener.keys" in done.stderr) == (4, True)


def test_the_customer_card_is_masked_unless_a_person_asks(home: Path) -> None:
    write(home / "c.csv", "external_id,name,phone\nK1,王小芳,13812345678\n")
    run(home, "import", "customers", "c.csv")
    masked = run(home, "customers", "show", "K1").stdout
    assert "王小芳" not in masked
    assert "13812345678" not in masked
    assert "王小芳" in run(home, "customers", "show", "K1", "--unmask", "--as", "张敏").stdout


def test_the_daemon_refuses_a_fixed_clock(home: Path) -> None:
    done = run(home, "run", LISTENER_NOW="2026-11-23T09:00:00+08:00")
    assert (done.returncode, "LISTENER_NOW" in done.stderr) == (2, True)


def test_english_on_request(home: Path) -> None:
    done = run(home, "--lang", "en", "crawl", "nws")
    assert "no source is named nws" in done.stderr


def test_no_configuration_says_how_to_make_one(tmp_path: Path) -> None:
    done = run(tmp_path, "status")
    assert (done.returncode, "listener init" in done.stderr) == (2, True)


def test_a_topic_is_rehearsed_on_what_was_said(home: Path) -> None:
    write(
        home / "m.csv",
        "text,published\n晨曜刹车失灵,2026-11-20 10:00\n晨曜很好,2026-11-20 11:00\n别家,2026-11-20 12:00\n",
    )
    now = {"LISTENER_NOW": "2026-11-21T12:00:00+08:00"}
    assert run(home, "import", "mentions", "m.csv", "--map", "text=text,published_at=published", **now).returncode == 0
    assert run(home, "process", **now).returncode == 0
    (topic,) = (home / "config" / "topics").glob("*.toml")
    write(topic, 'name = "刹车"\nquery = "刹车 NEAR/3 失灵"\n')
    told = run(home, "topics", "rehearse", "刹车", "--days", "7", **now)
    assert "最近 7 天 3 条信息，命中 1 条（33.3%），已归入 0 条" in told.stdout
    assert "晨曜刹车失灵" in told.stdout
    wrong = run(home, "topics", "rehearse", "杀车", **now)
    assert (wrong.returncode, "没有主题" in wrong.stderr) == (2, True)


def test_analyse_says_what_is_wrong_with_files_in_one_line(home: Path) -> None:
    write(home / "a.csv", "a,b\n1,2\n")
    (home / "noise.txt").write_bytes(b"\xff\xff\n" * 9)
    write(home / "kept.jsonl", "KEEP")
    for words, told in (
        (("a.csv", "--column", "c"), "没有列 c"),
        (("a.csv", "--column", "c", "--out", "kept.jsonl"), "没有列 c"),
        (("noise.txt", "--out", "kept.jsonl"), "既不是 UTF-8 也不是 GB18030"),
        (("none.csv",), "none.csv"),
        (("none.txt", "--out", "kept.jsonl"), "none.txt: 无法读取：没有这个文件或目录"),
        (("config",), "config: 无法读取：是目录，不是文件"),
        (("a.csv", "--column", "a", "--out", "config"), "config: 无法写入：是目录，不是文件"),
        (("a.csv", "--column", "a", "--out", "a.csv"), "同一个文件"),
        (("a.csv", "--column", "a", "--out", "no/such/o.jsonl"), "无法写入"),
    ):
        done = run(home, "analyse", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr and "Traceback" not in done.stderr
    assert (home / "a.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"
    assert (home / "kept.jsonl").read_text(encoding="utf-8") == "KEEP"
    assert not list(home.glob(".*.part"))


def test_analyse_reads_text_however_it_is_written(home: Path) -> None:
    """As imports do: GB18030, UTF-16, old line ends, a tab-separated table; through a pipe too."""
    text = "服务很好\r\n太差了\r\n"
    for name, content in {
        "gb.txt": text.encode("gb18030"), "wide.txt": text.encode("utf-16"),
        "t.tsv": ("text\tn\n" + text).encode("gb18030"),
    }.items():  # fmt: skip
        (home / name).write_bytes(content)
        done = run(home, "analyse", name)
        assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["服务很好", "太差了"], done.stderr
    command = [sys.executable, "-m", "listener", "analyse", "-"]
    piped = subprocess.run(command, cwd=home, input=text.encode("gb18030"), capture_output=True, check=False)
    assert [json.loads(line)["sentiment"] for line in piped.stdout.splitlines()] == ["positive", "negative"]


def test_a_line_with_bytes_that_are_no_text_is_told_and_the_others_are_read(home: Path) -> None:
    (home / "a.txt").write_bytes("服务很好\n".encode() + b"\xff\xfe\n" + "太差了\n".encode())
    done = run(home, "analyse", "a.txt")
    assert (done.returncode, len(done.stdout.splitlines())) == (2, 2)
    assert done.stderr.strip() == "a.txt:2: 含有无法识别的字节"


def test_analyse_goes_on_over_a_row_that_cannot_be_read_and_says_so_at_the_end(home: Path) -> None:
    write(home / "a.jsonl", '{"text": "服务很好"}\n{bad\n{"text": "太差了"}\n')
    done = run(home, "analyse", "a.jsonl", "--out", "out.jsonl")
    assert (done.returncode, done.stderr.strip()) == (2, "a.jsonl:2: 不是 JSON（第 2 个字符起）")
    assert len((home / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_init_without_anybody_to_answer_says_so_and_writes_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "init")
    assert (done.returncode, done.stdout.count("Aborted")) == (2, 0)
    assert "--yes" in done.stderr
    assert not (tmp_path / "config").exists()
