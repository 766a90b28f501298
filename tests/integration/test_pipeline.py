"""The whole way of a batch through the real pipeline, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.model import Origin, RawMention
from listener.starter import Answers, write
from listener.store import captures
from listener.store.tables import (
    AlertRow,
    AnalysisRow,
    CaseMentionRow,
    CaseRow,
    DeliveryRow,
    IdentityLinkRow,
    MentionRow,
)
from listener.web.app import Asked
from tests.factories import raw


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    write(tmp_path, Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com"))
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=database_url))
    yield made
    made.database.close()


def save(listener: Listener, *found: RawMention) -> None:
    with listener.database.write() as session:
        captures.save(session, list(found))


def fresh(listener: Listener, number: int, content: str, **changes: object) -> RawMention:
    """A mention said half an hour ago by an author of its own."""
    facts: dict[str, object] = {
        "content": content,
        "author_id": str(number),
        "published_at": listener.now() - timedelta(minutes=30),
        "captured_at": listener.now(),
    }
    return raw(str(number), **(facts | changes))


@contextmanager
def counting(listener: Listener) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(listener.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(listener.database.engine, "before_cursor_execute", note)


def complaints(listener: Listener, first: int, count: int) -> list[RawMention]:
    """Complaints of as many authors, each in words of its own so that none is a repost."""
    parts = ("刹车", "空调", "车机", "座椅", "天窗", "变速箱", "大灯", "后备厢", "雨刮", "方向盘")
    return [
        fresh(listener, n, f"我的晨曜{parts[n % 10]}坏了第{n}次，客服{n * 7}天没人管，要求退款{n * 100}元")
        for n in range(first, first + count)
    ]


def test_no_statement_for_each_mention(listener: Listener) -> None:
    save(listener, *complaints(listener, 1, 5))
    listener.process()  # the model, the vault and the tables are warm
    counts = []
    for first, size in ((100, 20), (1000, 200)):
        save(listener, *complaints(listener, first, size))
        with counting(listener) as seen:
            assert listener.process().mentions == size
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 4, counts


def test_a_complaint_becomes_a_case_an_alert_and_a_delivery_at_once(listener: Listener) -> None:
    save(listener, fresh(listener, 1, "我的晨曜刹车失灵，4S店没人管，要求退车"))
    counts = listener.process()
    assert (counts.mentions, counts.complaints, counts.cases, counts.alerts) == (1, 1, 1, 1)
    with listener.database.read() as session:
        case = session.exec(select(CaseRow)).one()
        assert (case.severity, case.state) == ("S1", "new")
        assert case.first_contact_by is not None
        assert session.exec(select(DeliveryRow.receiver)).one() == "张敏"


def test_praise_and_what_names_nothing_of_ours_open_no_case(listener: Listener) -> None:
    save(
        listener,
        fresh(listener, 1, "晨曜这车真不错，开了一年很满意"),
        fresh(listener, 2, "别家的手机坏了，客服没人管，要求退款"),
    )
    assert listener.process().cases == 0


def test_a_repost_joins_and_a_follow_up_joins(listener: Listener) -> None:
    said = "我的晨曜上周高速上刹车突然失灵，4S店检测说没有故障码，到现在没人管，我要求退车并赔偿"
    save(
        listener,
        fresh(listener, 1, said, thread_id="t"),
        fresh(listener, 2, "转发：" + said, thread_id="u", published_at=listener.now() - timedelta(minutes=20)),
        fresh(listener, 3, "三天了还是没人联系我", author_id="1", thread_id="t",
              published_at=listener.now() - timedelta(minutes=10)),
    )  # fmt: skip
    assert listener.process().cases == 1
    with listener.database.read() as session:
        joined = session.exec(select(CaseMentionRow.joined_as).order_by(col(CaseMentionRow.mention_id))).all()
        assert sorted(joined) == ["follow_up", "opener", "repost"]
        assert session.exec(select(MentionRow.duplicate_of)).all().count(None) == 2


def test_strangers_under_one_anonymous_name_are_not_one_person(listener: Listener) -> None:
    said = ("杭州店的自助机坏了，晨曜客服没人管，要求退款", "武汉店的晨曜空调坏了，客服没人管，要求退款")
    save(listener, *(fresh(listener, n, text, author_id="", author_name="匿名用户") for n, text in enumerate(said)))
    assert listener.process().cases == 2
    with listener.database.read() as session:
        assert not any("次投诉" in reason for reason in session.exec(select(CaseRow.reason)))


def test_a_graver_word_on_a_case_tightens_its_clocks_although_nobody_is_told(listener: Listener) -> None:
    """Imported words come quietly; the deadline is that of the gravest all the same."""
    quiet = {"author_id": "7", "thread_id": "t", "origin": Origin.IMPORT}
    save(listener, fresh(listener, 1, "我的晨曜空调坏了，客服没人管，要求退款", **quiet))
    listener.process()
    save(listener, fresh(listener, 2, "刹车失灵，差点撞人", **quiet))
    listener.process()
    with listener.database.read() as session:
        case = session.exec(select(CaseRow)).one()
    assert (case.severity, case.title) == ("S1", "刹车失灵，差点撞人")
    assert case.first_contact_by is not None
    assert case.first_contact_by - listener.now() <= timedelta(minutes=15)
    assert case.next_escalation_at is None


def test_a_reply_that_names_no_brand_belongs_to_its_threads_topic(listener: Listener) -> None:
    save(listener, fresh(listener, 1, "晨曜 S7 用车交流", thread_id="t"))
    listener.process()
    save(listener, fresh(listener, 2, "我的也是，刹车失灵两次了，投诉也没人管", thread_id="t"))
    assert listener.process().cases == 1


def test_a_known_customer_is_linked_with_evidence(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("external_id,name,phone,account\nK1,王芳,13812345678,discuz:7\n", encoding="utf-8")
    listener.import_customers(tmp_path / "c.csv", {})
    save(listener, fresh(listener, 1, "我的晨曜刹车失灵，没人管", author_id="7"))
    listener.process()
    with listener.database.read() as session:
        link = session.exec(select(IdentityLinkRow)).one()
        assert (link.judgement, bool(link.evidence)) == ("positive", True)
        assert session.exec(select(CaseRow.customer_id)).one() == link.customer_id
        number = session.exec(select(CaseRow.id)).one()
    assert listener.case_facts(number or 0, "zh")["customer"] == "K1"
    page = listener.pages().case(number or 0, Asked())
    assert page is not None
    assert "K1" in page
    assert "未识别" not in page


def test_two_processes_on_one_backlog_write_everything_once(listener: Listener, database_url: str) -> None:
    save(listener, *complaints(listener, 1, 120))
    listener.steps  # noqa: B018 - the model is loaded once, before the race
    failures: list[BaseException] = []

    def work() -> None:
        try:
            listener.process()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with listener.database.read() as session:
        assert len(session.exec(select(MentionRow)).all()) == 120
        assert len(session.exec(select(AnalysisRow)).all()) == 120
        numbers = session.exec(select(CaseMentionRow.case_id)).all()
        assert len(numbers) == len(set(numbers))
        assert len(session.exec(select(AlertRow)).all()) == len(numbers)
    assert listener.backlog() == (0, 0)


def test_keys_can_be_rotated_and_customers_are_still_found(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("external_id,name,phone\nK1,王小芳,13812345678\n", encoding="utf-8")
    listener.import_customers(tmp_path / "c.csv", {})
    before = listener.settings.key_file.read_bytes()
    assert listener.rotate_keys() == 2
    assert listener.settings.key_file.read_bytes() != before
    again = Listener(listener.settings)
    assert again.customer_facts("K1", "zh", unmask=False, person="")["name"] == "王**"
    again.database.close()


def test_a_renewed_index_finds_the_same_customers(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("external_id,name,account\nK1,王小芳,discuz:7\n", encoding="utf-8")
    listener.import_customers(tmp_path / "c.csv", {})
    listener.renew_index()
    again = Listener(listener.settings)
    save(again, fresh(again, 1, "我的晨曜刹车失灵，没人管", author_id="7"))
    again.process()
    with again.database.read() as session:
        assert session.exec(select(IdentityLinkRow.judgement)).one() == "positive"
    again.database.close()


def test_a_repost_of_a_customers_words_is_not_linked_to_them_by_their_phone(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("external_id,name,phone\nK1,王小芳,13812345678\n", encoding="utf-8")
    listener.import_customers(tmp_path / "c.csv", {})
    said = "我的晨曜上周高速上刹车突然失灵，4S店检测说没有故障码，没人管，我叫王小芳，电话13812345678，我要求退车并赔偿"
    later = listener.now() - timedelta(minutes=20)
    save(listener, fresh(listener, 1, said), fresh(listener, 2, "转发：" + said, published_at=later))
    listener.process()
    with listener.database.read() as session:
        links = session.exec(select(IdentityLinkRow.judgement).order_by(col(IdentityLinkRow.mention_id))).all()
    assert links == ["positive", "unsure"]
