"""Authors' standings from what is stored, on both databases, and the page that shows one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from listener import community
from listener.customers.influence import WORDS, AuthorKey
from listener.errors import BadInput
from listener.language import choose
from listener.model import CaseDecision, Sentiment, Tier
from listener.store import captures, influence, mentions
from listener.store import cases as stored_cases
from listener.store.engine import Database
from listener.web.author_page import render_author
from tests.factories import NOW, analysis, complaint, key, mention, processed, raw

AHEAD = AuthorKey("discuz", "forum.example", "7")


def write(database: Database, *done: object) -> None:
    with database.write() as session:
        captures.save(session, [raw(each.mention.native_id) for each in done])  # type: ignore[attr-defined]
        ids = mentions.write(session, done, NOW)  # type: ignore[arg-type]
        stored_cases.write(session, done, ids, NOW)  # type: ignore[arg-type]


def said(native_id: str, author: str, text: str = "刹车失灵", **changes: object) -> object:
    number = int(native_id)
    return processed(
        native_id,
        number,
        mention=mention(
            native_id, number, author_id=author, author_name=f"名{author}", text=text, title="", thread_id="t",
            published_at=NOW - timedelta(days=20 - number), metrics={"likes": number, "followers": 10 * number},
        ),
        **changes,
    )  # fmt: skip


@pytest.fixture
def filled(database: Database) -> Database:
    no_case = CaseDecision(mention=key("1"), action="none", reason="")
    praise = complaint(Tier.NO, kind="praise")
    good = analysis(sentiment=Sentiment.POSITIVE, probabilities=(0.1, 0.1, 0.8))
    opened = CaseDecision(mention=key("1"), action="open", reason="投诉", fingerprint="matter-1", title="刹车失灵")
    write(database, said("1", "7", case=opened))
    write(database, said("2", "8", "同问 @名7", case=no_case), said("3", "9", "顶", case=no_case))
    write(database, said("4", "8", "客服很好", case=no_case, complaint=praise, analysis=good))
    return database


def test_standings_are_made_kept_and_made_anew(filled: Database) -> None:
    assert community.refresh(filled, NOW) == 3
    assert community.refresh(filled, NOW) == 3
    (first, *_) = community.listed(filled, order="heard_by", platform="", leaders=False, limit=10)
    assert (first["author"], first["heard_by"], first["name"]) == ("7", 2, "名7")
    assert first["complaints"] == 1
    assert community.refresh(filled, NOW + timedelta(days=200)) == 0
    assert community.listed(filled, order="core", platform="", leaders=False, limit=10) == []


def test_an_unknown_part_names_the_known_ones(filled: Database) -> None:
    with pytest.raises(BadInput, match="followers"):
        community.listed(filled, order="magic", platform="", leaders=False, limit=1)


def test_the_page_tells_of_complaints_and_who_handled_them(filled: Database) -> None:
    choose("zh")
    community.refresh(filled, NOW)
    by = community.find_author(filled, "名7")
    assert by == AHEAD
    facts = community.author_facts(filled, by, NOW.tzinfo)  # type: ignore[arg-type]
    assert [case["came_back"] for case in facts["cases"]] == ["尚未办结"]
    parts = [(words[0], facts[part]) for part, words in WORDS.items()]
    page = render_author(facts, parts, "zh")
    for word in ("名7", "被回应", "态度变化", "尚未办结", "刹车失灵"):
        assert word in page


def test_who_is_unknown_is_said(filled: Database) -> None:
    with pytest.raises(BadInput, match="nobody"):
        community.find_author(filled, "nobody")


def test_who_praised_us_is_listed_for_thanks(filled: Database) -> None:
    (one,) = community.advocates(filled, NOW, NOW.tzinfo)  # type: ignore[arg-type]
    assert (one["name"], one["praises"], one["text"]) == ("名8", 1, "客服很好")


def test_what_is_kept_of_an_author_can_be_deleted(filled: Database) -> None:
    community.refresh(filled, NOW)
    with filled.write() as session:
        influence.forget(session, AHEAD)
    with filled.read() as session:
        assert influence.standing(session, AHEAD) is None


def test_a_leaders_mention_says_so_in_the_mail(database: Database) -> None:
    """Only an opinion leader's: two parts above 95 % of the site."""
    no_case = CaseDecision(mention=key("1"), action="none", reason="")
    crowd = [said(str(n), str(n), "顶", case=no_case) for n in range(2, 24)]
    with_fans = said("1", "lead", "大家注意", case=no_case)
    loud = replace(with_fans.mention, metrics={"followers": 99_999, "likes": 500})  # type: ignore[attr-defined]
    write(database, replace(with_fans, mention=loud), *crowd)  # type: ignore[type-var]
    community.refresh(database, NOW)
    with database.read() as session:
        number = mentions.ids(session, [key("1"), key("2")])
        high = influence.high_of(session, list(number.values()))
    assert set(high) == {number[key("1")]}
    assert {"followers", "engagement", "heard_by"} <= set(high[number[key("1")]])
