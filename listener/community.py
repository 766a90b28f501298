"""Who is heard, who leads, and who deserves thanks: authors' standings made, kept and shown.

What is kept is made anew each night from 90 days of mentions, so it fades with them; erasing an author deletes it.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from listener.customers.influence import PARTS, WINDOW, AuthorKey, Standing, high_words, standings
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.store import influence
from listener.store.engine import Database
from listener.text.labels import label
from listener.text.mask import mask

Facts = dict[str, Any]


def refresh(database: Database, now: datetime) -> int:
    """Make the standings anew and keep them; how many authors."""
    with database.read() as session:
        made = standings(influence.spoken(session, now), now)
    with database.write() as session:
        influence.keep(session, made, now)
    return len(made)


def listed(database: Database, *, order: str, platform: str, leaders: bool, limit: int) -> list[Facts]:
    """The authors highest in one part, each with all its parts; ``BadInput`` for an unknown part."""
    if order not in PARTS:
        raise BadInput(Mistake("--by", say(f"没有「{order}」", f"there is no {order}"), " | ".join(PARTS)))
    with database.read() as session:
        found = influence.standings(session, order=order, platform=platform, leaders=leaders, limit=limit)
    return [shown(each) for each in found]


def shown(standing: Standing) -> Facts:
    """One author's parts as plain values, with what is high in words."""
    facts = {name: value for name, value in asdict(standing).items() if name != "by"}
    facts |= {"topics": dict(standing.topics), "feelings": [feeling._asdict() for feeling in standing.feelings]}
    return standing.by._asdict() | facts | {"leads": standing.leads, "why": high_words(standing.high, say)}


def find_author(database: Database, name: str, platform: str = "") -> AuthorKey:
    """The one author of this id or name; ``BadInput`` where there is none or several."""
    with database.read() as session:
        found = influence.find(session, name, platform)
    if not found:
        raise BadInput(Mistake(name, say("没有这位发布者", "there is no such author"), "listener influence list"))
    if len(found) > 1:
        where = ", ".join(f"--platform {each.platform} {each.author}" for each in found[:5])
        raise BadInput(Mistake(name, say("有几位发布者叫这个名字", "several authors are called so"), where))
    return found[0]


def author_facts(database: Database, by: AuthorKey, zone: ZoneInfo) -> Facts:
    """All that an opinion leader's page shows: the parts, stance by month, complaints and what became of them."""
    with database.read() as session:
        standing = influence.standing(session, by)
        said = influence.newest(session, by)
        cases = influence.cases(session, by)
    name = standing.name if standing else by.author
    facts: Facts = {"platform": by.platform, "site": by.site, "author": by.author, "name": name}
    facts |= shown(standing) if standing else {"leads": False, "why": ""}
    facts["mentions_shown"] = [
        each | {"title": mask(each["title"]), "text": mask(each["text"]), "at": each["at"].astimezone(zone)}
        for each in said
    ]
    facts["cases"] = [_case(each, zone) for each in cases]
    return facts


def _case(case: Facts, zone: ZoneInfo) -> Facts:
    times = {name: case[name].astimezone(zone) if case[name] else None for name in ("opened_at", "closed_at")}
    return case | times | {"title": mask(case["title"]), "came_back": came_back(case)}


def came_back(case: Facts) -> str:
    """Whether the author came back with the same matter after it was dealt with."""
    if case["reopened"]:
        return say(f"又来过 {case['reopened']} 次", f"came back {case['reopened']} times")
    return say("没有再来", "did not come back") if case["closed_at"] else say("尚未办结", "not closed yet")


def advocates(database: Database, now: datetime, zone: ZoneInfo, window: timedelta = WINDOW) -> list[Facts]:
    """Who praised us or was satisfied after a case, for thanks."""
    with database.read() as session:
        found = influence.advocates(session, now - window)
    return [
        {
            "platform": each["by"].platform,
            "site": each["by"].site,
            "author": each["by"].author,
            "name": each["name"],
            "praises": each["praises"],
            "satisfied_cases": each["satisfied_cases"],
            "last_at": each["at"].astimezone(zone),
            "url": each["url"],
            "text": mask(each["text"]),
        }
        for each in found
    ]


def state_words(case: Facts, language: str) -> str:
    """「已办结，满意」."""
    satisfied = f"，{label(case['satisfaction'], language)}" if case["satisfaction"] else ""
    return f"{label(case['state'], language)}{satisfied}"
