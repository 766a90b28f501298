"""The demo's configuration and the starter configuration are accepted as they are and lead where they should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from listener.demo.mentions import load_content
from listener.demo.setting import write_setting
from listener.loading import load
from listener.model import Severity, Tier
from listener.settings import Settings, TopicSettings

STARTER = Path(__file__).parents[2] / "config"
URL = "http://127.0.0.1:18099/"


@pytest.fixture
def demo(tmp_path: Path) -> Settings:
    return load(write_setting(tmp_path / "config", URL, 2525))


def matches(topic: TopicSettings, text: str) -> bool:
    """The topic's words in the text, nothing cleverer."""
    return any(word in text for word in topic.any) and not any(word in text for word in topic.exclude)


def test_the_demo_points_at_its_own_site_and_mail_sink(demo: Settings) -> None:
    assert demo.source("news").url == URL + "news/feed.xml"
    assert demo.source("owners-forum").url == URL
    assert all(source.allow_private_addresses and source.enabled for source in demo.sources)
    assert (demo.installation.mail.host, demo.installation.mail.port) == ("127.0.0.1", 2525)
    assert demo.installation.mail.user == ""


def test_the_demo_crawls_every_forum_that_was_written(demo: Settings) -> None:
    forums = demo.source("owners-forum").options["forums"]
    assert forums == [forum.fid for forum in load_content().forums]


def test_the_demo_has_every_role_and_a_receiver_for_each_severity(demo: Settings) -> None:
    assert {person.role for person in demo.people} == {"agent", "supervisor", "manager", "operator", "privacy"}
    assert all(person.mail.endswith("@listener.example") for person in demo.people)
    assert demo.routes is not None
    assert demo.routes.operators
    assert any(Severity.S1 in route.severities for route in demo.routes.routes)
    topics = {topic for route in demo.routes.routes for topic in route.topics}
    assert topics == {topic.name for topic in demo.topics}


def test_the_demo_knows_its_dealers_and_order_numbers(demo: Settings) -> None:
    assert {review.title for review in load_content().reviews} <= {dealer.name for dealer in demo.dealers}
    patterns = demo.installation.nlp.order_patterns
    assert [bool(re.fullmatch(pattern, "SY2610330187")) for pattern in patterns] == [True, False]


def test_a_second_writing_replaces_the_first_and_leaves_the_rest(tmp_path: Path) -> None:
    folder = write_setting(tmp_path / "config", URL, 2525)
    (folder / "sources" / "mine.toml").write_text('name = "mine"\nplatform = "feed"\nurl = "https://a.example/f"\n')
    settings = load(write_setting(folder, "http://127.0.0.1:2/", 2526))
    assert settings.installation.mail.port == 2526
    assert settings.source("news").url == "http://127.0.0.1:2/news/feed.xml"
    assert settings.source("mine").name == "mine"


def test_the_other_meanings_of_the_names_are_excluded(demo: Settings) -> None:
    others = [mention for mention in load_content().mentions if "other_meaning" in mention.expected.kinds]
    assert any("白露" in mention.title + mention.text for mention in others)
    assert any("柚巷" in mention.title + mention.text for mention in others)
    wrong = [m.title for m in others for topic in demo.topics if matches(topic, f"{m.title}\n{m.text}")]
    assert wrong == []


def test_excluding_matters_without_it_the_solar_term_would_come_in(demo: Settings) -> None:
    car = next(topic for topic in demo.topics if "白露" in topic.any)
    blind = car.model_copy(update={"exclude": ()})
    others = [mention for mention in load_content().mentions if "other_meaning" in mention.expected.kinds]
    assert sum(matches(blind, mention.title + mention.text) for mention in others) >= 10


def test_every_complaint_belongs_to_a_topic_by_its_thread_or_its_text(demo: Settings) -> None:
    complaints = [mention for mention in load_content().mentions if mention.expected.complaint is not Tier.NO]
    lost = [m.text for m in complaints if not any(matches(topic, f"{m.title}\n{m.text}") for topic in demo.topics)]
    assert lost == []


def test_the_starter_configuration_is_accepted_as_it_is() -> None:
    settings = load(STARTER)
    assert [source.enabled for source in settings.sources] == [False]
    assert settings.routes is not None
    assert settings.topics
    assert settings.dealers
    assert settings.people


def test_the_starter_configuration_explains_each_file_in_chinese() -> None:
    files = sorted(STARTER.rglob("*.toml"))
    names = [path.relative_to(STARTER).as_posix() for path in files]
    assert names == [
        "dealers.toml",
        "holidays.toml",
        "imports/12315.toml",
        "imports/12345.toml",
        "imports/douyin_laike.toml",
        "imports/heimao.toml",
        "imports/jd.toml",
        "imports/meituan.toml",
        "listener.toml",
        "people.toml",
        "routes.toml",
        "sla.toml",
        "sources/example-feed.toml",
        "taxonomy/bank.toml",
        "taxonomy/car.toml",
        "taxonomy/core.toml",
        "taxonomy/food.toml",
        "taxonomy/hotel.toml",
        "taxonomy/public.toml",
        "taxonomy/shop.toml",
        "taxonomy/telecom.toml",
        "topics/example.toml",
    ]
    for path in files:
        comments = [line for line in path.read_text("utf-8").splitlines() if line.lstrip().startswith("#")]
        assert sum(bool(re.search(r"[\u4e00-\u9fff]", line)) for line in comments) >= 2, path.name


def test_the_starter_names_every_key_of_the_installation() -> None:
    """Whoever reads the file must meet every key there is, commented out or not."""
    text = (STARTER / "listener.toml").read_text("utf-8")
    model = load(STARTER).installation
    for name, value in model:
        assert re.search(rf"(?m)^#? ?\[?{name}\b", text), name
        for key, inside in _keys(name, value):
            assert re.search(rf"(?m)^#? ?(?:{key} =|\[{inside}\.{key}\])", text), f"{inside}.{key}"


def _keys(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The keys of a table and of the tables in it, each with the table's name."""
    for key, inner in value if isinstance(value, BaseModel) else ():
        yield key, name
        yield from _keys(f"{name}.{key}", inner)


def test_the_starter_holds_no_secret() -> None:
    for path in STARTER.rglob("*.toml"):
        assert not re.search(r"(?mi)^\s*(password|token|secret)\s*=", path.read_text("utf-8"))
