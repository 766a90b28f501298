"""The daemon's duties: heartbeat while all is well, edited configuration in force or told, crawls by schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from listener import service
from listener.bootstrap import Listener
from listener.crawls.suspicion import doubt
from listener.loading import Environment
from listener.model import CrawlReport, Outcome
from listener.service import CONFIGURATION_ERROR, Service, duties, heartbeat
from listener.settings import SourceSettings
from listener.starter import Answers, write
from listener.store import captures, crawls, outbox, slots, views
from listener.store.tables import AlertRow, DeliveryRow, SlotRow
from tests import loopback
from tests.factories import NOW, raw


@pytest.fixture
def listener(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    answers = Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com", feed="http://127.0.0.1:9/f")
    write(tmp_path, answers)
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url))
    yield made
    made.database.close()


@pytest.fixture
def beats() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []

    class Beat(loopback.Handler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response_only(200 if self.path == "/beat" else 500)
            self.end_headers()

    with loopback.serving(Beat) as address:
        yield address, heard


def configure(listener: Listener, old: str, new: str) -> None:
    path = listener.settings.config_dir / "listener.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_heartbeat_is_called_while_all_is_well(listener: Listener, beats: tuple[str, list[str]]) -> None:
    configure(listener, 'heartbeat_url = ""', f'heartbeat_url = "{beats[0]}/beat"')
    listener.reload()
    assert heartbeat(listener)
    assert beats[1] == ["/beat"]


def test_the_heartbeat_stays_away_when_work_stands_still(listener: Listener, beats: tuple[str, list[str]]) -> None:
    configure(listener, 'heartbeat_url = ""', f'heartbeat_url = "{beats[0]}/beat"')
    listener.reload()
    with listener.database.write() as session:
        slots.ensure(session, ["process"], listener.now() - timedelta(hours=1))
    assert not heartbeat(listener)
    assert beats[1] == []
    assert listener.health()["late"] == ["process"]


def test_a_heartbeat_that_is_refused_harms_nothing(listener: Listener, beats: tuple[str, list[str]]) -> None:
    configure(listener, 'heartbeat_url = ""', f'heartbeat_url = "{beats[0]}/broken"')
    listener.reload()
    assert not heartbeat(listener)


def test_duties_follow_the_configuration(listener: Listener) -> None:
    names = set(duties(listener))
    assert {"process", "deliver", "digest", "report", "housekeeping", "crawl:news"} <= names
    assert "heartbeat" not in names


def test_an_edit_takes_effect_and_a_wrong_one_is_told(listener: Listener) -> None:
    made = Service(listener)
    topic = listener.settings.config_dir / "topics" / "company.toml"
    good = topic.read_text(encoding="utf-8")
    topic.write_text(good.replace('any = ["晨曜"]', 'any = ["晨曜", "曜石"]'), encoding="utf-8")
    made.duties()
    assert listener.topics.hits("曜石")
    topic.write_text(good.replace("any", "anny"), encoding="utf-8")
    made.duties()
    assert listener.topics.hits("曜石"), "the last good configuration stays in force"
    with listener.database.read() as session:
        assert "anny" in views.fact(session, CONFIGURATION_ERROR)
    assert listener.status("zh")["configuration_error"]
    topic.write_text(good + "\n", encoding="utf-8")
    made.duties()
    assert not listener.status("zh")["configuration_error"]


def test_a_new_source_gets_a_duty_and_a_paused_one_is_left_alone(listener: Listener) -> None:
    made = Service(listener)
    extra = 'name = "more"\nplatform = "feed"\nurl = "http://127.0.0.1:9/g"\nevery = "1h"\n'
    (listener.settings.config_dir / "sources" / "more.toml").write_text(extra, encoding="utf-8")
    assert "crawl:more" in made.duties()
    listener.pause_source("more", True)
    assert made.duties()["crawl:more"].run(lambda: False) is None
    with listener.database.read() as session:
        assert session.exec(select(SlotRow)).all() == []


def test_a_source_of_an_experimental_platform_is_shown_as_one(listener: Listener) -> None:
    extra = 'name = "nodes"\nplatform = "v2ex"\nurl = "https://www.v2ex.com/"\nevery = "1h"\n'
    folder = listener.settings.config_dir
    (folder / "sources" / "nodes.toml").write_text(extra, encoding="utf-8")
    again = Listener.from_folder(folder, environment=Environment(database_url=listener.settings.database_url))
    shown = {row["name"]: row for row in again.status("zh")["sources"]}
    again.database.close()
    assert (shown["nodes"]["experimental"], shown["nodes"]["platform"]) == (True, "v2ex")
    assert shown["nodes"]["platform_shown"] == "v2ex（试验性）"
    assert (shown["news"]["experimental"], shown["news"]["platform_shown"]) == (False, "feed")


def test_a_blind_source_alerts_once_and_on_recovery(listener: Listener) -> None:
    for _ in range(3):
        assert listener.crawl("news").outcome is Outcome.UNREACHABLE
    with listener.database.read() as session:
        assert [row.kind for row in session.exec(select(AlertRow))] == ["source_bad"]
        assert [row.receiver for row in session.exec(select(DeliveryRow))] == ["张敏"]


def test_old_mentions_alert_nobody_but_are_summed_up_once(listener: Listener) -> None:
    old = [
        raw(
            str(n),
            author_id=str(n),
            content=f"晨曜刹车失灵，4S店没人管，第{n}次了",
            published_at=NOW - timedelta(days=30),
        )
        for n in range(3)
    ]
    with listener.database.write() as session:
        captures.save(session, old)
    assert listener.process().cases == 3
    listener.process()
    with listener.database.read() as session:
        assert [row.kind for row in session.exec(select(AlertRow))] == ["backlog_summary"]
        assert outbox.counts(session)["pending"] == 1


def test_asked_for_alerts_come_whatever_the_age(listener: Listener) -> None:
    old = raw("1", content="晨曜刹车失灵，4S店没人管", published_at=NOW - timedelta(days=30))
    with listener.database.write() as session:
        captures.save(session, [old], alert=True)
    listener.process()
    with listener.database.read() as session:
        assert [row.kind for row in session.exec(select(AlertRow))] == ["case_opened"]


def test_one_broken_capture_does_not_hold_up_the_others(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    from listener import deciding

    clean = deciding.clean

    def fragile(capture: object, raw_id: int) -> object:
        if raw_id == 2:
            raise ValueError("broken")
        return clean(capture, raw_id)  # type: ignore[arg-type]

    monkeypatch.setattr(deciding, "clean", fragile)
    with listener.database.write() as session:
        captures.save(session, [raw(str(n), author_id=str(n)) for n in range(1, 6)])
    for _ in range(3):
        listener.process()
    assert listener.backlog() == (0, 1)
    monkeypatch.undo()
    assert listener.retry_set_aside() == 1
    assert listener.process().mentions == 1
    assert listener.backlog() == (0, 0)


@pytest.mark.parametrize(
    ("new", "age_days", "outcome"),
    [(50, 3, Outcome.OK), (1, 3, Outcome.SUSPECT), (9999, 3, Outcome.SUSPECT), (1, 0, Outcome.OK)],
)
def test_a_volume_outside_what_is_expected_is_suspect(new: int, age_days: int, outcome: Outcome) -> None:
    source = SourceSettings(name="s", platform="feed", expect_per_day=(5, 500))
    report = CrawlReport(source="s", outcome=Outcome.OK, detail="", started_at=NOW, ended_at=NOW, new=new)
    assert doubt(report, source, 0, NOW - timedelta(days=age_days)).outcome is outcome


def test_what_was_blind_is_not_called_suspect() -> None:
    source = SourceSettings(name="s", platform="feed", expect_per_day=(5, 500))
    report = CrawlReport(source="s", outcome=Outcome.BLOCKED, detail="x", started_at=NOW, ended_at=NOW)
    assert doubt(report, source, 0, NOW - timedelta(days=9)) == report


def test_metrics_and_health_read_the_store(listener: Listener) -> None:
    with listener.database.write() as session:
        captures.save(session, [raw("1")])
    assert b"listener_captures_waiting 1.0" in listener.metrics()
    assert listener.health()["ok"]
    assert service.HEARTBEAT_TIMEOUT > 0


def test_status_says_whether_a_daemon_does_its_work(listener: Listener) -> None:
    assert listener.status("zh")["daemon"] == {"running": False, "due_at": None}, "it was never started"
    due = listener.now() - timedelta(minutes=5)
    with listener.database.write() as session:
        slots.ensure(session, ["process"], due)
    told = listener.status("zh")["daemon"]
    assert told["running"] is False and told["due_at"]
    with listener.database.write() as session:
        assert slots.claim(session, "process", listener.now(), timedelta(minutes=1), "somebody")
    assert listener.status("zh")["daemon"]["running"] is True, "a long batch is being worked on"
    with listener.database.write() as session:
        slots.finish(session, "process", "somebody", listener.now() + timedelta(seconds=10), listener.now())
    assert listener.status("zh")["daemon"]["running"] is True


def test_small_feeds_are_grouped_and_what_is_quiet_or_paused_is_left_alone(listener: Listener) -> None:
    place = listener.settings.config_dir / "sources"
    for old in place.glob("*.toml"):
        old.unlink()
    hours = f"{NOW:%H}:00-{NOW:%H}:59"
    for name, more in (
        ("a", ""),
        ("b", ""),
        ("night", f'quiet = ["{hours}"]'),
        ("own", "allow_private_addresses = true"),
    ):
        text = f'name = "{name}"\nplatform = "feed"\nurl = "http://127.0.0.1:9/{name}"\nevery = "10m"\n{more}\n'
        (place / f"{name}.toml").write_text(text, encoding="utf-8")
    (place / "forum.toml").write_text(
        'name = "forum"\nplatform = "discuz"\nurl = "http://127.0.0.1:9/"\nforums = [2]\nevery = "10m"\n', "utf-8"
    )
    listener.reload()
    listener.__dict__["now"] = lambda: NOW
    keys = {name: duty.together for name, duty in duties(listener).items() if name.startswith("crawl:")}
    assert keys == {
        "crawl:a": "public", "crawl:b": "public", "crawl:night": "public", "crawl:own": "http://127.0.0.1:9",
        "crawl:forum": "",
    }  # fmt: skip
    listener.pause_source("b", True)
    assert listener.may_crawl(["a", "b", "night"]) == ["a"]
    listener.pause_source("b", False)
    run = duties(listener)["crawl:a"].run_together
    assert run is not None
    run(["crawl:a", "crawl:b", "crawl:night"], lambda: False)
    with listener.database.read() as session:
        ended = {name: state.outcome for name, state in crawls.states(session).items()}
        alerts = session.exec(select(AlertRow.subject)).all()
    assert ended == {"a": Outcome.UNREACHABLE, "b": Outcome.UNREACHABLE}
    assert sorted(alerts) == ["a", "b"]
    assert "安静时段" in next(row["outcome"] for row in listener.source_rows("zh") if row["name"] == "night")
