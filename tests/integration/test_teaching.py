"""People teach an installation: corrections reach the case and win for good; models and replays; the dictionary."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.errors import BadInput
from listener.judges import Answer, SecondLook, Verdict
from listener.loading import Environment
from listener.nlp.learn import held_out
from listener.settings import Person
from listener.starter import Answers, write
from listener.store import captures
from listener.store.tables import (
    AlertRow,
    AnalysisRow,
    AuditRow,
    CaseEventRow,
    CaseRow,
    CorrectionRow,
    MentionRow,
    PendingCaptureRow,
    TopicMatchRow,
)
from tests.factories import NOW, raw

COMPLAINT = "晨曜刹车失灵，4S店没人管，要求退车"
DOUBT = "晨曜的雨刮刮不干净"
CHAT = "晨曜今天提车，颜色是白的"


def installed(folder: Path, database_url: str) -> Iterator[Listener]:
    answers = Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com", feed="http://127.0.0.1:9/f")
    write(folder, answers)
    main = folder / "config" / "listener.toml"
    text = main.read_text(encoding="utf-8").replace("[nlp]\n", '[nlp]\nsegmenter = "rjieba"\n')
    main.write_text(text, encoding="utf-8")
    made = Listener.from_folder(folder / "config", environment=Environment(database_url=database_url, now=NOW))
    yield made
    made.database.close()


@pytest.fixture
def listener(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    yield from installed(tmp_path, sqlite_url)


@pytest.fixture
def zhang(listener: Listener) -> Person:
    return listener.acting("张敏")


def say(listener: Listener, *texts: str, **changes: Any) -> None:
    """These texts are captured and processed, each by an author of its own."""
    found = [raw(str(n), author_id=str(n), content=text, **changes) for n, text in enumerate(texts, 1)]
    with listener.database.write() as session:
        captures.save(session, found)
    listener.process()


def stored(listener: Listener, table: Any) -> list[Any]:
    with listener.database.read() as session:
        key = next(iter(table.__table__.primary_key.columns))
        return list(session.exec(select(table).order_by(key)))


def states(listener: Listener) -> list[str]:
    return [row.state for row in stored(listener, CaseRow)]


class TestCorrecting:
    @pytest.fixture
    def listener(self, tmp_path: Path, database_url: str) -> Iterator[Listener]:
        """On both kinds of database."""
        yield from installed(tmp_path, database_url)

    def test_no_complaint_ends_the_case_and_undo_reopens_it(self, listener: Listener, zhang: Person) -> None:
        say(listener, COMPLAINT)
        assert states(listener) == ["new"]
        done = listener.correct("1", {"complaint": "no"}, zhang, note="玩笑话")
        assert (done.case, done.state, states(listener)) == (1, "not_complaint", ["not_complaint"])
        told = [(row.actor, row.action) for row in stored(listener, CaseEventRow)]
        assert ("张敏", "corrected_complaint") in told and ("张敏", "false_alarm") in told
        assert [row.person for row in stored(listener, AuditRow)] == ["张敏"]
        listener.undo_correction(1, zhang)
        assert states(listener) == ["reopened"]
        assert stored(listener, AnalysisRow)[0].complaint == "yes"
        assert [row.action for row in stored(listener, AuditRow)] == ["correct", "undo correction"]

    def test_a_missed_complaint_gets_a_case_by_the_pipeline_and_alerts_once(
        self, listener: Listener, zhang: Person
    ) -> None:
        say(listener, CHAT)
        assert states(listener) == []
        done = listener.correct("discuz:1", {"complaint": "yes", "severity": "S2"}, zhang)
        assert done.case == 1 and states(listener) == ["new"]
        assert stored(listener, CaseRow)[0].severity == "S2"
        listener.process()
        assert [row.kind for row in stored(listener, AlertRow)] == ["case_opened"]

    def test_a_mention_of_no_topic_gets_no_case_and_nothing_waits(self, listener: Listener, zhang: Person) -> None:
        say(listener, "今天吃了面")
        done = listener.correct("1", {"complaint": "yes"}, zhang)
        assert done.waits and done.case is None
        assert stored(listener, PendingCaptureRow) == []

    def test_one_of_two_complaints_leaves_the_case_open(self, listener: Listener, zhang: Person) -> None:
        both = [raw("1", content=COMPLAINT), raw("2", thread_id="t1", content="晨曜刹车还是失灵，客服不回复，要求退车")]
        with listener.database.write() as session:
            captures.save(session, both)
        listener.process()
        assert states(listener) == ["new"]
        assert listener.correct("", {"sentiment": "negative"}, zhang, case=1).mention_id == 1
        listener.correct("1", {"complaint": "no"}, zhang)
        assert states(listener) == ["new"]
        listener.correct("2", {"complaint": "no"}, zhang)
        assert states(listener) == ["not_complaint"]

    def test_severity_and_problem_reach_the_case(self, listener: Listener, zhang: Person) -> None:
        say(listener, "晨曜客服态度恶劣，投诉半个月没人处理，要求道歉")
        before = stored(listener, CaseRow)[0]
        other = "S1" if before.severity != "S1" else "S3"
        listener.correct("", {"severity": other, "problem": "core.safety"}, zhang, case=1, note="看了原帖")
        after = stored(listener, CaseRow)[0]
        assert (after.severity, after.problem) == (other, "core.safety")

    def test_it_wins_over_a_new_capture_of_the_same_words_but_not_of_others(
        self, listener: Listener, zhang: Person
    ) -> None:
        say(listener, CHAT)
        listener.correct("1", {"sentiment": "negative"}, zhang)
        say(listener, CHAT + " ", fields={"likes": "3"})
        assert stored(listener, AnalysisRow)[0].sentiment == "negative"
        say(listener, "晨曜今天提车，非常满意，太喜欢了")
        assert stored(listener, AnalysisRow)[0].sentiment == "positive"
        say(listener, CHAT, fields={"likes": "9"})
        assert stored(listener, AnalysisRow)[0].sentiment == "negative"

    def test_the_newest_word_holds_and_undoing_it_brings_back_the_one_before(
        self, listener: Listener, zhang: Person
    ) -> None:
        say(listener, CHAT)
        listener.correct("1", {"sentiment": "negative"}, zhang)
        listener.correct("1", {"sentiment": "positive"}, zhang)
        assert stored(listener, AnalysisRow)[0].sentiment == "positive"
        listener.undo_correction(2, zhang)
        assert stored(listener, AnalysisRow)[0].sentiment == "negative"
        with pytest.raises(BadInput):
            listener.undo_correction(2, zhang)
        assert [(row.old, row.new) for row in stored(listener, CorrectionRow)][1] == ("negative", "positive")
        assert len({row.said for row in stored(listener, CorrectionRow)}) == 1  # the machine's word, not a person's

    def test_an_address_of_two_mentions_names_neither(self, listener: Listener, zhang: Person) -> None:
        with listener.database.write() as session:
            captures.save(session, [raw(number, url="http://forum.example/t1", content=CHAT) for number in "12"])
        listener.process()
        with pytest.raises(BadInput, match="不止一条"):
            listener.correct("http://forum.example/t1", {"sentiment": "negative"}, zhang)

    @pytest.mark.parametrize("name", ["99", "discuz:99", "http://forum.example/99", "9" * 20, "²99"])
    def test_what_is_not_there_is_told(self, listener: Listener, zhang: Person, name: str) -> None:
        with pytest.raises(BadInput, match="99"):
            listener.correct(name, {"sentiment": "negative"}, zhang)


GOOD = ["溜冰得很", "真是葱油饼", "葱油饼，溜冰", "一路操作溜冰", "葱油饼"]
BAD = ["全程搬砖", "又搬砖", "队长搬砖", "搬砖一整场", "种菜搬砖"]
WHO = ["上单", "打野", "中单", "辅助", "射手", "教练", "解说", "队伍", "主队", "客队", "替补", "领队"]


def teach(listener: Listener, zhang: Person) -> None:
    texts = [(f"{who}{what}", "positive") for who, what in itertools.product(WHO, GOOD)]
    texts += [(f"{who}{what}", "negative") for who, what in itertools.product(WHO, BAD)]
    say(listener, *(text for text, _ in texts))
    with listener.database.write() as session:
        ids = {row.text: row for row in session.exec(select(MentionRow))}
        for text, truth in texts:
            row = ids[text]
            session.add(
                CorrectionRow(
                    mention_id=row.id,
                    raw_id=row.raw_id,
                    digest="x",
                    field="sentiment",
                    new=truth,
                    person="张敏",
                    at=NOW,
                )
            )


class TestModels:
    def test_training_takes_a_better_model_and_a_running_daemon_takes_it_up(
        self, listener: Listener, zhang: Person
    ) -> None:
        teach(listener, zhang)
        before = listener.analyser.model_version
        facts = listener.train(zhang)
        assert facts["accepted"], facts["reason"]
        held = facts["figures"]["held_out"]
        assert held["after"]["accuracy"] > held["before"]["accuracy"]
        assert held["after"]["texts"] == sum(held_out(w + x) for w in WHO for x in (*GOOD, *BAD))
        say(listener, *(f"新人{what}" for what in GOOD))  # as the daemon's next batch
        assert listener.analyser.model_version.split(" + ")[0] == facts["name"]  # the taxonomy's version follows
        assert listener.analyser.model_version != before
        assert {row.model_version for row in stored(listener, AnalysisRow)} == {before, listener.analyser.model_version}
        assert [row["name"] for row in listener.model_rows() if row["in_use"]] == [facts["name"]]
        assert listener.roll_back("", zhang) == "shipped"
        listener.process()
        assert listener.analyser.model_version == before

    def test_too_few_corrections_are_told_and_change_nothing(self, listener: Listener, zhang: Person) -> None:
        say(listener, CHAT)
        listener.correct("1", {"sentiment": "negative"}, zhang)
        facts = listener.train(zhang)
        assert not facts["accepted"] and listener.model_in_use() == ""
        assert [row["accepted"] for row in listener.model_rows()] == [False, True]

    def test_a_model_no_better_than_the_one_in_use_still_never_is_worse(
        self, listener: Listener, zhang: Person
    ) -> None:
        teach(listener, zhang)
        first, second = listener.train(zhang), listener.train(zhang)
        figures = second["figures"]["held_out"]
        assert figures["after"]["accuracy"] >= figures["before"]["accuracy"] or not second["accepted"]
        assert first["name"] != second["name"]

    def test_the_next_training_is_measured_against_the_twin_that_never_saw_the_held_out(
        self, listener: Listener, zhang: Person, caplog: Any
    ) -> None:
        """Without its file, against the shipped model; never against the model in use, which was told the answers."""
        teach(listener, zhang)
        first, second = listener.train(zhang), listener.train(zhang)
        after, before = first["figures"]["held_out"]["after"], first["figures"]["held_out"]["before"]
        assert second["accepted"] and second["figures"]["held_out"]["before"] == after
        (listener.settings.home / "var" / "models" / f"{second['name']}.twin.npz").unlink()
        third = listener.train(zhang)
        assert third["figures"]["held_out"]["before"] == before
        assert f"{second['name']}.twin.npz" in caplog.text

    def test_an_altered_file_is_not_used(self, listener: Listener, zhang: Person, caplog: Any) -> None:
        teach(listener, zhang)
        facts = listener.train(zhang)
        path = listener.settings.home / facts["file"]
        path.write_bytes(path.read_bytes() + b"x")
        listener.process()
        assert listener.analyser.model_version.split(" + ")[0] != facts["name"]
        assert str(path) in caplog.text

    def test_no_version_is_taken_up_again_whose_file_is_gone(self, listener: Listener, zhang: Person) -> None:
        teach(listener, zhang)
        facts = listener.train(zhang)
        listener.roll_back("shipped", zhang)
        (listener.settings.home / facts["file"]).unlink()
        with pytest.raises(BadInput, match="没有这个文件"):
            listener.roll_back(facts["name"], zhang)
        assert listener.model_in_use() == ""

    def test_a_version_never_taken_is_refused(self, listener: Listener, zhang: Person) -> None:
        with pytest.raises(BadInput, match="site-9"):
            listener.roll_back("site-9", zhang)
        with pytest.raises(BadInput):
            listener.roll_back("", zhang)


class TestSpotChecks:
    @pytest.fixture
    def listener(self, tmp_path: Path, database_url: str) -> Iterator[Listener]:
        """On both kinds of database."""
        yield from installed(tmp_path, database_url)

    def test_each_is_drawn_once_and_leaves_the_queue_when_judged(self, listener: Listener, zhang: Person) -> None:
        say(listener, COMPLAINT, CHAT, "晨曜空调很凉快")
        assert listener.draw(2, None, zhang) == 2
        assert listener.draw(9, None, zhang) == 1
        assert listener.draw(9, None, zhang) == 0
        assert len(listener.queue(10)) == 3
        listener.correct("1", {"sentiment": "negative", "complaint": "yes"}, zhang)
        assert [row["mention"] for row in listener.queue(10)] == [2, 3]
        assert all(row.drawn for row in stored(listener, CorrectionRow))

    def test_old_ones_are_left_out_where_asked(self, listener: Listener, zhang: Person) -> None:
        say(listener, CHAT, published_at=NOW - timedelta(days=30))
        assert listener.draw(9, NOW - timedelta(days=7), zhang) == 0


def edit(listener: Listener, name: str, text: str) -> None:
    (listener.settings.config_dir / name).write_text(text, encoding="utf-8")
    listener.reload()


class TestReplay:
    @pytest.fixture
    def listener(self, tmp_path: Path, database_url: str) -> Iterator[Listener]:
        """On both kinds of database."""
        yield from installed(tmp_path, database_url)

    def test_nothing_is_written_until_asked_and_corrections_stay(self, listener: Listener, zhang: Person) -> None:
        say(listener, COMPLAINT, "极光变速箱漏油，客服推诿，投诉三次没有答复")
        listener.correct("1", {"sentiment": "positive"}, zhang)
        assert listener.replay().changed == 0
        edit(listener, "topics/other.toml", 'name = "极光"\nany = ["极光"]\n')
        dry = listener.replay()
        assert (dry.changed, dry.opened, dry.moves[("topic", "", "极光")]) == (1, 1, 1)
        assert len(states(listener)) == 1 and len(stored(listener, TopicMatchRow)) == 1
        done = listener.replay(write=True)
        assert (done.opened, done.alerts) == (1, 0)
        assert len(states(listener)) == 2
        assert stored(listener, AnalysisRow)[0].sentiment == "positive"
        assert listener.replay().changed == 0

    def test_alerts_only_where_asked(self, listener: Listener) -> None:
        say(listener, "极光刹车失灵，4S店没人管，要求退车")
        edit(listener, "topics/other.toml", 'name = "极光"\nany = ["极光"]\n')
        assert listener.replay(write=True, alert=True).alerts == 1

    def test_a_case_without_a_complaint_is_doubted_never_closed(self, listener: Listener) -> None:
        say(listener, COMPLAINT)
        with listener.database.write() as session:  # as if the machine had erred before
            row = session.get(MentionRow, 1)
            capture = raw("1", content=CHAT, author_id="1")
            captures.save(session, [capture])
            newest = session.exec(select(PendingCaptureRow)).one()
            assert row is not None
            row.raw_id, row.text = newest.raw_id, CHAT
            session.delete(newest)
        found = listener.replay(write=True)
        assert found.doubted == {1} and states(listener) == ["new"]
        assert stored(listener, CaseEventRow)[-1].action == "replayed"

    def test_one_topic_or_a_time_narrows_it(self, listener: Listener) -> None:
        say(listener, COMPLAINT, "今天吃了面")
        assert listener.replay(topic="晨曜").read == 1
        assert listener.replay(since=NOW + timedelta(days=1)).read == 0
        with pytest.raises(BadInput, match="极光"):
            listener.replay(topic="极光")


class TestSecondLook:
    def test_a_doubtful_mention_is_settled_and_a_sure_one_is_not_asked_about(self, listener: Listener) -> None:
        asked: list[str] = []

        class Sure:
            name = "sure"

            def cost(self, text: str) -> int:
                return 1

            def ask(self, text: str) -> Answer:
                asked.append(text)
                return Answer(Verdict(complaint="yes", confidence=0.9, quote=text[:4]), tokens=1)

        second = SecondLook(listener.database, Sure(), 100, listener.now)
        listener.__dict__["steps"] = dataclasses.replace(listener.steps, second=second)
        say(listener, COMPLAINT, CHAT, DOUBT)
        assert asked == [DOUBT]
        found = {row.mention_id: (row.complaint, row.complaint_reason) for row in stored(listener, AnalysisRow)}
        assert found[3][0] == "yes" and DOUBT[:4] in found[3][1]
        assert listener.replay().changed == 0 and len(asked) == 1


class TestDictionary:
    TEXT = "我的晨耀云境七开了两年"

    def test_edited_topics_and_dealers_change_the_words_without_a_restart(self, listener: Listener) -> None:
        assert "晨耀云境七" not in listener.analyser.segmenter.cut(self.TEXT)
        edit(listener, "topics/other.toml", 'name = "云境"\nany = ["晨耀云境七"]\n')
        assert "晨耀云境七" in listener.analyser.segmenter.cut(self.TEXT)
        (listener.settings.config_dir / "topics" / "other.toml").unlink()
        edit(listener, "dealers.toml", '[[dealers]]\nname = "杭州云境七店"\naliases = ["ＡＢ云境店"]\n')
        cut = listener.analyser.segmenter
        assert "晨耀云境七" not in cut.cut(self.TEXT)
        assert "杭州云境七店" in cut.cut("杭州云境七店不错") and "ab云境店" in cut.words


def test_the_report_counts_what_people_said_and_tells_how_often_the_machine_was_right(
    listener: Listener, zhang: Person, tmp_path: Path
) -> None:
    say(listener, COMPLAINT, CHAT, DOUBT)
    listener.correct("1", {"complaint": "no"}, zhang)  # nobody drew it: biased
    assert listener.draw(9, None, zhang) == 3
    listener.correct("2", {"sentiment": "neutral", "complaint": "no"}, zhang)
    listener.correct("3", {"sentiment": "positive", "complaint": "yes"}, zhang)
    files = listener.report(NOW - timedelta(days=1), NOW + timedelta(days=1), tmp_path / "out", "zh")
    told = json.loads(Path(files["json"]).read_text(encoding="utf-8"))["summary"]["accuracy"]
    assert [(each["name"], each["drawn_right"], each["drawn"], each["volunteered"]) for each in told] == [
        ("sentiment", 1, 2, 0),
        ("complaint", 2, 2, 1),
    ]
    page = Path(files["html"]).read_text(encoding="utf-8")
    assert "情感 1/2" in page and "投诉 2/2" in page and "不是随机" in page
    assert stored(listener, AnalysisRow)[0].complaint == "no"


def test_without_anybodys_word_the_report_says_so(listener: Listener, tmp_path: Path) -> None:
    say(listener, COMPLAINT)
    files = listener.report(NOW - timedelta(days=1), NOW + timedelta(days=1), tmp_path / "out", "zh")
    assert "没有抽查" in Path(files["html"]).read_text(encoding="utf-8")
