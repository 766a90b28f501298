"""One case worded for its template: a plain dictionary of strings and lists, in one language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from listener.alerts.case_parts import (
    met_words,
    nth_of,
    nth_words,
    outside_words,
    priority_words,
    receipt_rows,
)
from listener.alerts.customer_view import customer_view
from listener.alerts.facts import AlertFacts, CaseFacts, MentionFacts, MessageFacts
from listener.alerts.wording import ago, excerpt, one_line, remaining, safe_link, weekday_time
from listener.cases.moves import Action, legal
from listener.customers.influence import high_words
from listener.model import AlertKind, CaseState, Severity
from listener.replies import Reply, marked, suited
from listener.text.labels import label
from listener.text.mask import mask
from listener.text.weighty import weighty

__all__ = ["Look", "View", "Words", "case_facts", "case_view", "frame", "mention_facts"]

View = dict[str, Any]

_METRICS: Mapping[str, tuple[str, str]] = {
    "views": ("阅读", "views"),
    "replies": ("回复", "replies"),
    "reposts": ("转发", "reposts"),
    "likes": ("点赞", "likes"),
    "followers": ("粉丝", "followers"),
}
DETAIL_EXCERPT = 140
_TITLE = 30
_MOST_WORDS = 6


class Look(Protocol):
    """What wording needs of ``listener.alerts.render.Look``."""

    @property
    def company(self) -> str: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def now(self) -> datetime: ...
    @property
    def contact(self) -> str: ...
    def problem_name(self, code: str, language: str, /) -> str: ...
    def case_link(self, number: int, /) -> str: ...
    def action_link(self, number: int, action: str, /) -> str: ...
    def reply_for(self, problem: str, /) -> Reply: ...
    def invitation(self, number: int, language: str, /) -> str: ...
    def source_title(self, name: str, /) -> str: ...


class Words:
    """Wording for one message: its language, zone and clock."""

    def __init__(self, facts: MessageFacts, look: Look) -> None:
        self.language, self.look = facts.receiver.language, look

    def say(self, chinese: str, english: str) -> str:
        return english if self.language == "en" else chinese

    def label(self, value: Any) -> str:
        return label(value, self.language)

    def time(self, moment: datetime | None) -> str:
        return weekday_time(moment, self.look.zone, self.language) if moment else ""

    def problem(self, case: CaseFacts) -> str:
        return one_line(self.look.problem_name(case.problem, self.language), 40) if case.problem else ""

    def case_link(self, case: CaseFacts) -> str:
        return self.look.case_link(case.number)


def frame(facts: MessageFacts, words: Words, subject: str, severity: Severity | None) -> View:
    """What every template needs."""
    return {
        "t": words.say,
        "language": words.language,
        "subject": subject,
        "company": one_line(words.look.company, 100),
        "why": one_line(facts.reason, 400),
        "receiver": one_line(facts.receiver.name, 64),
        "severity": severity.value if severity else "",
        "severity_word": words.label(severity) if severity else "",
    }


def case_view(facts: MessageFacts, look: Look) -> View:
    """One case: what to do by when, what was said, who said it, why we think so, until when."""
    words = Words(facts, look)
    opener = next((each for each in facts.alerts if each.kind is AlertKind.CASE_OPENED), None)
    shown = opener or facts.alerts[-1]
    case = shown.case
    assert case is not None
    return frame(facts, words, _case_subject(case, words, update=opener is None), case.severity) | {
        "update": opener is None,
        "case": case_facts(case, words),
        "step": _first_step(shown, case, words),
        "mention": mention_facts(shown.mention, words) if shown.mention else None,
        "others": [_other(each, words) for each in facts.alerts if each is not shown],
        "customer": customer_view(case.customer, words) if case.customer else None,
        "invite": words.say(
            "可在原帖礼貌回应，请对方私信联系；不要在公开处索要个人信息。",
            "Answer politely where it was said and ask for a private message; never ask for personal data in public.",
        ),
        "invitation": words.look.invitation(case.number, words.language) if case.customer is None else "",
        "deadlines": _deadlines(case, words),
        "actions": _actions(case, words),
        "suggested": _suggested(case, words),
        "closing": words.say(
            "办结时需写明：原因代码、改进措施、给客户的补救、客户是否满意（客户说的，或据其后续发言判断并注明）。",
            "Closing needs a cause code, the countermeasure, the remedy, and whether the customer is satisfied "
            "(as they said, or judged from what they wrote and marked so).",
        ),
        "reason": one_line(mask(shown.reason), 300),
    }


def _case_subject(case: CaseFacts, words: Words, *, update: bool) -> str:
    """【特急】 product, problem, n-th time, what was said, number: equal for all mails of a case, so they thread."""
    nth = nth_of(case)
    parts = [
        _about(case),
        words.problem(case),
        words.say(f"第{nth}次", f"complaint no. {nth}") if nth > 1 else "",
    ]
    what = words.say("·", ", ").join(part for part in parts if part)
    title = one_line(mask(case.title), _TITLE)
    number = words.say(f"工单#{case.number}", f"case #{case.number}")
    mark = words.say("【{}】", "[{}] ").format(words.label(case.severity))
    return ("Re: " if update else "") + mark + " ｜ ".join(part for part in (what, title, number) if part)


def _about(case: CaseFacts) -> str:
    """The product, else the topic; both where the product's name does not say the brand: 晨曜 X5, 晨曜 L7."""
    product = one_line(case.product or (case.customer.product if case.customer else ""), 24)
    topic = one_line(case.topic, 20)
    if not product:
        return topic
    return product if topic in product else f"{topic} {product}".strip()


def case_facts(case: CaseFacts, words: Words) -> View:
    return {
        "number": case.number,
        "state": words.label(case.state),
        "topic": one_line(case.topic, 40),
        "about": _about(case),
        "problem": words.problem(case),
        "title": one_line(mask(case.title), 80),
        "link": safe_link(words.case_link(case)),
        "nth": nth_words(case, words),
        "priority": priority_words(case, words),
        "receipt": receipt_rows(case, words),
        "owner": one_line(case.owner, 40),
        "reach": _reach(case, words),
    }


def _reach(case: CaseFacts, words: Words) -> str:
    if case.mentions <= 1:
        return ""
    reposts = words.say(f"，其中转发 {case.reposts} 条", f", {case.reposts} of them reposts") if case.reposts else ""
    spread = (
        words.say(f"，见于 {case.platforms} 个平台", f", on {case.platforms} platforms") if case.platforms > 1 else ""
    )
    return words.say(f"本工单共 {case.mentions} 条信息", f"{case.mentions} mentions in this case") + reposts + spread


def _first_step(alert: AlertFacts, case: CaseFacts, words: Words) -> list[str]:
    """What to do first and by when, the most urgent line first."""
    say = words.say
    by = words.time(case.first_contact_by)
    left = remaining(case.first_contact_by, words.look.now, words.language) if case.first_contact_by else ""
    until = say(f"，最晚 {by}（{left}）", f" by {by} ({left})") if by else ""
    steps = []
    if alert.mention is not None and alert.mention.safety:
        steps.append(
            say(
                "涉及安全：先请客户停止使用并保留凭证，同时上报主管。",
                "Safety: ask the customer to stop using it and to keep the evidence; tell your supervisor.",
            )
        )
    if alert.kind is AlertKind.CASE_ESCALATED:
        steps.append(_late_step(alert, case, words))
    elif alert.kind is AlertKind.CASE_URGED:
        steps.append(one_line(mask(alert.reason), 200))
    elif case.state is CaseState.TO_VERIFY:
        steps.append(say(f"先核实这是不是对我们的投诉{until}。", f"Check whether this is a complaint about us{until}."))
    elif alert.kind is AlertKind.CASE_UPDATED:
        steps.append(_update_step(alert, words))
    elif case.customer is not None:
        steps.append(
            say(f"用客户档案中登记的方式联系客户{until}。", f"Contact the customer as registered in the CRM{until}.")
        )
    else:
        steps.append(
            say(f"在原帖回应，取得私下联系{until}。", f"Answer where it was said, move to a private line{until}.")
        )
    return steps


def _late_step(alert: AlertFacts, case: CaseFacts, words: Words) -> str:
    """What to do about a clock that runs out, by when, and who has the case."""
    clock = str(alert.facts.get("clock", ""))
    by = {"first_contact": case.first_contact_by, "plan": case.plan_by, "close": case.close_by}.get(clock)
    left = f"：{words.time(by)}（{remaining(by, words.look.now, words.language)}）" if by else ""
    owner = one_line(case.owner, 40) or words.say("尚无人认领", "claimed by nobody")
    return words.say(
        f"{one_line(alert.reason, 60)}{left}。负责人：{owner}。请立即处理，或转派他人。",
        f"{words.label(clock)}: {alert.facts.get('level')} % of the time is gone{left}. Owner: {owner}. "
        "Deal with it now, or assign it.",
    )


def _update_step(alert: AlertFacts, words: Words) -> str:
    if alert.facts.get("change"):
        return one_line(mask(alert.reason), 200)
    if alert.joined_as == "repost":
        return words.say("工单被转发，请关注扩散。", "The complaint was reposted: watch its spread.")
    if alert.joined_as == "witness":
        return words.say("有他人在同一主题帖中补充，请参考。", "Somebody else added to it in the thread: take note.")
    return words.say(
        "客户又有新发言：先看下面的内容，再更新处理计划。",
        "The customer spoke again: read it below, then adjust the plan.",
    )


def mention_facts(mention: MentionFacts, words: Words, limit: int = 420) -> View:
    whole = mention.text
    if mention.title and not whole.startswith(mention.title):
        whole = f"{mention.title}\n{whole}"
    return {
        "quote": excerpt(whole, mention.words, limit),
        "length": len(whole),
        "link": safe_link(mention.url),
        "author": one_line(mention.author, 60) or words.say("匿名", "anonymous"),
        "place": _place(mention, words),
        "time": _said_at(mention, words),
        "metrics": _metrics(mention, words),
        "judgement": _judgement(mention, words),
    }


def _place(mention: MentionFacts, words: Words) -> str:
    host = urlsplit(mention.url).hostname if safe_link(mention.url) else ""
    return one_line(
        " · ".join(part for part in (words.look.source_title(mention.source), mention.platform, host) if part), 120
    )


def _said_at(mention: MentionFacts, words: Words) -> str:
    if mention.published_at is None:
        seen = words.time(mention.captured_at)
        return words.say(f"发布时间未知，采集于 {seen}", f"time unknown, captured {seen}")
    passed = ago(mention.published_at, words.look.now, words.language)
    return words.time(mention.published_at) + words.say(f"（{passed}）", f" ({passed})")


def _metrics(mention: MentionFacts, words: Words) -> str:
    known = [(words.say(*name), mention.metrics[key]) for key, name in _METRICS.items() if mention.metrics.get(key)]
    leads = words.say("意见领袖：", "opinion leader: ") + high_words(mention.high, words.say) if mention.high else ""
    return " · ".join([*(f"{name} {number:,}" for name, number in known), *filter(None, [leads])])


def _judgement(mention: MentionFacts, words: Words) -> list[tuple[str, str]]:
    """(what, finding) pairs: sentiment, complaint, severity, remedy, and the words that decided."""
    bad = sorted(weighty(mention.words, -1), key=lambda word: word.weight)[:_MOST_WORDS]
    decisive = words.say("、", ", ").join(dict.fromkeys(one_line(word.word, 20) for word in bad))
    found = [
        (words.say("转交人", "forwarded by"), mention.fields.get("forwarded_by", "")),
        (words.say("转交说明", "their remark"), mention.fields.get("remark", "")),
        (words.say("情感", "sentiment"), _sentiment(mention, words)),
        (words.say("为何是投诉", "why a complaint"), mention.complaint_reason),
        (words.say("为何这么急", "why so urgent"), mention.severity_reason),
        (words.say("诉求", "asks for"), mention.remedy),
        (words.say("判断依据的词", "deciding words"), decisive),
    ]
    return [(name, one_line(mask(value), 300)) for name, value in found if value]


def _sentiment(mention: MentionFacts, words: Words) -> str:
    if not mention.sentiment:
        return ""
    share = max(mention.probabilities) if mention.probabilities else 0.0
    word = {"negative": ("负面", "negative"), "neutral": ("中性", "neutral"), "positive": ("正面", "positive")}
    return f"{words.say(*word.get(mention.sentiment, (mention.sentiment,) * 2))} {share:.0%}"


def _other(alert: AlertFacts, words: Words) -> View:
    joined = words.label(alert.joined_as) if alert.joined_as else words.label(alert.kind)
    mention = mention_facts(alert.mention, words, DETAIL_EXCERPT) if alert.mention else None
    return {"joined": joined, "reason": one_line(mask(alert.reason), 200), "mention": mention}


_ACTIONS = ("claim", "assign", "reply", "visit", "false_alarm", "unlink")
"""What a mail offers to do: 认领, 转派, 已答复, 回访, 非投诉, 不是此客户."""


def _actions(case: CaseFacts, words: Words) -> list[tuple[str, str]]:
    """(words, address) of each button; only what the case's state and its customer allow."""
    found = []
    for action in _ACTIONS:
        if Action(action) not in legal(case.state) or (action == "unlink" and case.customer is None):
            continue
        link = words.look.action_link(case.number, action)
        if link.startswith("mailto:") or safe_link(link):
            found.append((words.label(action), link))
    return found


def _suggested(case: CaseFacts, words: Words) -> list[tuple[str, str]]:
    """What may be answered in public and in private, promises that need approval marked."""
    reply = suited(words.look.reply_for(case.problem), words.language)
    texts = ((words.say("公开答复", "in public"), reply.public), (words.say("私信", "in private"), reply.private))
    return [(name, marked(text, reply)) for name, text in texts if text]


def _deadlines(case: CaseFacts, words: Words) -> list[tuple[str, str, str]]:
    clocks = (
        (words.say("首次联系", "first contact"), case.first_contact_by),
        (words.say("给出方案", "plan"), case.plan_by),
        (words.say("办结", "closing"), case.close_by),
        (outside_words(case, words), case.outside_by),
    )
    met = {clocks[0][0]: (clocks[0][1], case.first_contact_at), clocks[1][0]: (clocks[1][1], case.planned_at)}
    return [
        (name, words.time(by), met_words(*met.get(name, (by, None)), words)) for name, by in clocks if by is not None
    ]
