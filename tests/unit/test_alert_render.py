"""What the messages say, in both languages, as text and as HTML; nothing scraped breaks out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.alerts.facts import AlertFacts, CaseFacts, CustomerFacts, MentionFacts, MessageFacts
from listener.alerts.render import SUBJECT, Look, Rendered, kind_of, render
from listener.alerts.wording import ago, remaining
from listener.model import AlertKind, CaseState, Evidence, Outcome, Receiver, Severity, Word
from tests.factories import HOUR, NOW, ZONE

LOOK = Look(
    company="曜途汽车", zone=ZONE, now=NOW, problem_name=lambda code, lang: "制动" if lang == "zh" else "brakes"
)
WANG = Receiver(name="王芳", notifier="email", address="wang@x.example")
CUSTOMER = CustomerFacts(
    external_id="C-1001",
    name="王**",
    contacts=("138****1234",),
    segment="高价值",
    product="晨曜 L7",
    dealer="沪东 4S 店",
    nth=3,
    score=0.97,
    reason="手机号一致",
    evidence=(Evidence("phone", "138****1234", True), Evidence("place", "发帖地在外省", False)),
)
MENTION = MentionFacts(
    text="刹车失灵没人管，电话13812341234",
    url="http://forum.example/1",
    platform="discuz",
    source="owners-forum",
    author="车主老王",
    published_at=NOW - HOUR,
    metrics={"views": 12345, "replies": 8, "likes": 0},
    sentiment="negative",
    probabilities=(0.92, 0.05, 0.03),
    words=(Word("失灵", -3.0, 2, 4), Word("没人管", -2.0, 4, 7)),
    complaint_reason="点名问题并提出诉求",
    severity_reason="涉及制动",
    remedy="退车",
)


def case(**changes: Any) -> CaseFacts:
    facts: dict[str, Any] = {
        "number": 12,
        "fingerprint": "abc-1",
        "state": CaseState.NEW,
        "severity": Severity.S1,
        "title": "刹车失灵没人管",
        "topic": "晨曜",
        "problem": "car.brake",
        "opened_at": NOW,
        "first_contact_by": NOW + timedelta(minutes=15),
        "plan_by": NOW + 2 * HOUR,
        "close_by": NOW + timedelta(days=3),
    }
    return CaseFacts(**(facts | changes))


def alert(**changes: Any) -> AlertFacts:
    facts: dict[str, Any] = {
        "kind": AlertKind.CASE_OPENED,
        "reason": "新工单：点名问题并提出诉求",
        "severity": Severity.S1,
        "created_at": NOW,
        "case": case(),
        "mention": MENTION,
    }
    return AlertFacts(**(facts | changes))


def message(*alerts: AlertFacts, language: str = "zh", **changes: Any) -> MessageFacts:
    made = MessageFacts(
        receiver=replace(WANG, language=language), reason="派单规则「售后」：主题=晨曜", alerts=alerts or (alert(),)
    )
    return replace(made, **changes)


def both(facts: MessageFacts, look: Look = LOOK) -> tuple[Rendered, list[str]]:
    rendered = render(facts, look)
    return rendered, [rendered.text, Page(rendered.html).text]


class Page(HTMLParser):
    """The visible text, tags, links and attribute names of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags, self.attributes = "", [], set(), set()  # type: ignore[var-annotated]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


# --- a case -----------------------------------------------------------------------------------------------------


def test_a_case_mail_lets_an_agent_act_in_one_minute() -> None:
    rendered, bodies = both(message(alert(case=case(customer=CUSTOMER, mentions=4, reposts=2))))
    assert rendered.subject == "【特急】晨曜 L7·制动·第3次 ｜ 刹车失灵没人管 ｜ 工单#12"
    for body in bodies:
        for wanted in (
            "最晚 11月23日（周一）10:15（还有 15 分钟）",
            "刹车", "138****1234", "车主老王", "owners-forum", "阅读 12,345", "回复 8",
            "本工单共 4 条信息，其中转发 2 条",
            "负面 92%", "点名问题并提出诉求", "涉及制动", "失灵、没人管", "退车",
            "王** 138****1234", "C-1001", "高价值", "晨曜 L7", "沪东 4S 店", "该客户第 3 次投诉", "2 个",
            "97%", "手机号一致", "＋ 手机号：138****1234", "－ 地点：发帖地在外省",
            "11月26日（周四）10:00", "派单规则「售后」：主题=晨曜", "曜途汽车",
        ):  # fmt: skip
            assert wanted in body, wanted
        assert "13812341234" not in body
    assert "http://forum.example/1" in rendered.text


def test_what_to_do_comes_before_everything_else() -> None:
    _, bodies = both(message())
    for body in bodies:
        body = body[body.index("■") :] if "■" in body else body[body.index("工单 #12") :]
        places = [body.index(word) for word in ("最晚", "没人管", "未识别", "时限", "判断依据", "为何发给您")]
        assert places == sorted(places)


def test_an_unknown_author_is_not_identified_and_how_to_reach_them() -> None:
    _, bodies = both(message())
    for body in bodies:
        assert "未识别" in body and "私信" in body and "不要在公开处索要个人信息" in body


@pytest.mark.parametrize(
    ("made", "step"),
    [
        (alert(mention=replace(MENTION, safety=True)), "涉及安全"),
        (alert(case=case(state=CaseState.TO_VERIFY)), "先核实"),
        (alert(case=case(customer=CUSTOMER)), "用客户档案中登记的方式联系客户"),
        (alert(kind=AlertKind.CASE_UPDATED, joined_as="follow_up"), "客户又有新发言"),
        (alert(kind=AlertKind.CASE_UPDATED, joined_as="repost"), "工单被转发"),
    ],
)
def test_the_first_step_fits_the_case(made: AlertFacts, step: str) -> None:
    assert f"■ {step}" in render(message(made), LOOK).text


def test_an_overdue_case_says_so() -> None:
    assert "已超时 3 小时" in render(message(), replace(LOOK, now=NOW + 3 * HOUR + timedelta(minutes=15))).text


def test_a_deadline_is_never_later_than_it_says() -> None:
    assert remaining(NOW + 71 * HOUR, NOW, "zh") == "还有 2 天"
    assert remaining(NOW + timedelta(minutes=179), NOW, "zh") == "还有 2 小时"
    assert ago(NOW - 64 * HOUR, NOW, "zh") == "2 天前"


def test_english_on_request_has_no_chinese_words_of_ours() -> None:
    made = alert(
        case=case(topic="Dawn", title="Brakes failed", customer=replace(CUSTOMER, reason="same phone", evidence=())),
        mention=replace(
            MENTION, text="Brakes failed", author="joe", complaint_reason="", severity_reason="", remedy="", words=()
        ),
        reason="new case",
    )
    facts = message(made, language="en", reason="route")
    facts = replace(facts, alerts=(replace(made, case=replace(made.case, customer=None)),))  # type: ignore[type-var]
    rendered = render(facts, replace(LOOK, company="Maker"))
    assert rendered.subject == "[critical] Dawn, brakes ｜ Brakes failed ｜ case #12"
    for text in (rendered.text, Page(rendered.html).text):
        assert not re.search(r"[\u4e00-\u9fff（）：]", text), text


def test_a_case_link_only_where_there_is_a_public_address() -> None:
    assert "/cases/" not in render(message(), LOOK).html
    rendered = render(
        message(), replace(LOOK, case_link=lambda number: f"https://listener.maker.example/cases/{number}")
    )
    assert "https://listener.maker.example/cases/12" in Page(rendered.html).links
    assert "https://listener.maker.example/cases/12" in rendered.text


def test_an_update_shows_what_is_new_and_threads_by_subject() -> None:
    update = alert(kind=AlertKind.CASE_UPDATED, joined_as="follow_up", mention=replace(MENTION, text="三天了没人联系"))
    rendered, bodies = both(message(update))
    assert rendered.subject == "Re: " + render(message(), LOOK).subject
    assert all("三天了没人联系" in body for body in bodies)


def test_an_opener_and_its_updates_are_one_mail() -> None:
    update = alert(kind=AlertKind.CASE_UPDATED, joined_as="follow_up", mention=replace(MENTION, text="三天了没人联系"))
    facts = message(alert(), update)
    assert kind_of(facts) == "case"
    rendered, bodies = both(facts)
    assert not rendered.subject.startswith("Re:")
    for body in bodies:
        assert "失灵" in body and "三天了没人联系" in body and "追加" in body


def test_a_time_that_is_unknown_is_said_to_be_unknown() -> None:
    made = alert(mention=replace(MENTION, published_at=None, captured_at=NOW))
    assert "发布时间未知，采集于 11月23日（周一）10:00" in render(message(made), LOOK).text


# --- digests, sources, backlog ----------------------------------------------------------------------------------


def test_a_digest_begins_with_s1_and_misses_nothing() -> None:
    made = [
        alert(
            severity=Severity.S1 if number == 40 else Severity.S3,
            created_at=NOW + timedelta(seconds=number),
            case=case(number=number, severity=Severity.S1 if number == 40 else Severity.S3, title=f"标题{number}号"),
        )
        for number in range(60)
    ]
    rendered, bodies = both(message(*made, bundle=True))
    assert rendered.subject == "【特急】60 条：待受理 60"
    for body in bodies:
        assert all(f"标题{number}号" in body for number in range(60))
        first = body.index("标题40号")
        assert all(body.index(f"标题{number}号") > first for number in range(40))


def test_a_digest_names_an_original_once() -> None:
    """Where there is no case page to link to."""
    digest = message(alert(), alert(case=case(number=13)), bundle=True)
    text = render(digest, Look(company="晨曜汽车", zone=ZONE, now=NOW)).text
    assert text.count("原文：") == text.count(MENTION.url) == 2


def test_the_deciding_words_are_those_that_carry_weight_without_their_marks() -> None:
    words = (Word("失灵，", -3.0, 2, 5), Word("没人管", -2.0, 5, 8), Word("了", -1.5, 8, 9), Word("晨曜", -0.1, 0, 2))
    said = replace(MENTION, text="晨曜失灵，没人管了", title="", words=words)
    html = render(message(alert(mention=said)), LOOK)
    assert "判断依据的词：失灵、没人管\n" in html.text
    assert ">失灵</span>，" in html.html


def test_a_digest_of_s1_that_are_reposts_or_doubtful_cries_no_alarm() -> None:
    made = [
        alert(kind=AlertKind.CASE_UPDATED, joined_as="repost"),
        alert(case=case(number=13, state=CaseState.TO_VERIFY)),
        alert(case=case(number=13, state=CaseState.TO_VERIFY), kind=AlertKind.CASE_UPDATED, joined_as="follow_up"),
    ]
    rendered, bodies = both(message(*made, bundle=True))
    assert rendered.subject.startswith("【汇总】3 条")
    assert all("请核实 1 个疑似投诉" in body for body in bodies), "cases are counted, not mentions"


def test_a_bundle_says_which_source_went_blind() -> None:
    made = alert(
        kind=AlertKind.SOURCE_BAD, subject="forum", case=None, mention=None, severity=Severity.S2,
        facts={"outcome": "blocked"},
    )  # fmt: skip
    backlog = alert(kind=AlertKind.BACKLOG_SUMMARY, case=None, mention=None, facts={"cases": 3}, severity=Severity.S4)
    _, bodies = both(message(made, backlog, alert(), bundle=True))
    assert all("forum 被拦截" in body and "新开 3 个工单" in body for body in bodies)


def test_a_digest_of_doubts_says_what_waits() -> None:
    doubt = alert(severity=Severity.S3, case=case(severity=Severity.S3, state=CaseState.TO_VERIFY))
    repost = alert(
        kind=AlertKind.CASE_UPDATED,
        joined_as="repost",
        severity=Severity.S3,
        case=case(severity=Severity.S3, number=13),
    )
    rendered, bodies = both(message(doubt, repost, bundle=True))
    assert rendered.subject == "【汇总】2 条：待核实 1，转发 1"
    assert all("请核实 1 个疑似投诉" in body for body in bodies)
    assert all("138****1234" in body and "13812341234" not in body for body in bodies)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.bad])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_outage_says_what_to_do_and_that_silence_is_not_good_news(outcome: Outcome, language: str) -> None:
    facts = {"outcome": outcome.value, "detail": "HTTP 403", "at": NOW.isoformat(), "found": 0, "new": 0}
    made = alert(kind=AlertKind.SOURCE_BAD, subject="owners-forum", case=None, mention=None, facts=facts)
    rendered, bodies = both(message(made, language=language))
    assert "owners-forum" in rendered.subject
    for body in bodies:
        assert ("不等于没有负面" if language == "zh" else "no news is not good news") in body
        assert "HTTP 403" in body and "listener crawl owners-forum" in body and "log" not in body.lower().split()


def test_a_recovery_needs_nothing_done() -> None:
    facts = {"outcome": "ok", "previous": "blocked", "detail": "", "at": "broken", "found": 9, "new": 2}
    made = alert(kind=AlertKind.SOURCE_RECOVERED, subject="forum", case=None, mention=None, facts=facts)
    rendered, bodies = both(message(made))
    assert rendered.subject == "【监测来源恢复】forum：正常"
    assert all("无需处理" in body and "共 9 条，新 2 条" in body and "被拦截" in body for body in bodies)


def test_the_backlog_summary_counts_and_lists() -> None:
    facts = {
        "cases": 3,
        "severities": {"S1": 1, "S3": 2},
        "sources": {"forum": 3},
        "listed": [{"number": 7, "severity": "S1", "title": "刹车 13812345678"}],
    }
    made = alert(kind=AlertKind.BACKLOG_SUMMARY, subject="7", case=None, mention=None, facts=facts)
    rendered, bodies = both(message(made), replace(LOOK, case_link=lambda number: f"https://l.example/cases/{number}"))
    assert rendered.subject == "【历史汇总】新开 3 个工单，未逐条预警"
    assert all("特急" in body and "#7" in body and "138****5678" in body for body in bodies)
    assert all("另有 2 个较轻的" in body for body in bodies), "of three cases one is listed"
    assert "https://l.example/cases/7" in Page(rendered.html).links


# --- nothing scraped breaks out ---------------------------------------------------------------------------------

ALLOWED_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "span", "b", "br", "a",
}  # fmt: skip
EVIL = '"><script>alert(1)</script><img src=http://evil.example/x onerror=x><a href="javascript:x">{{ 7*7 }}{% raw %}'


def hostile(text: str) -> MessageFacts:
    said = MentionFacts(
        text=text, title=text, url="javascript:" + text, author=text, source=text, platform=text, sentiment="negative",
        words=(Word(text[:5] or "x", -1.0, 0, 5),), complaint_reason=text, severity_reason=text, remedy=text,
    )  # fmt: skip
    who = CustomerFacts(
        external_id=text, name=text, contacts=(text,), segment=text, product=text, dealer=text, region=text,
        reason=text, evidence=(Evidence("phone", text, True),),
    )  # fmt: skip
    about = case(title=text, topic=text, problem=text, owner=text, customer=who)
    return message(alert(case=about, mention=said, reason=text), reason=text)


def test_markup_stays_text() -> None:
    rendered = render(hostile(EVIL), LOOK)
    page = Page(rendered.html)
    assert page.tags <= ALLOWED_TAGS and page.links == []
    assert not any(name.startswith("on") for name in page.attributes)
    assert "<script>alert(1)</script>" in page.text and "{{ 7*7 }}" in page.text


texts = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=200),
    st.text(st.sampled_from("刹a\r\n\x00\u202e\u2028\ud83d😡<>&\"'{}%"), max_size=1200),
)


@given(texts)
@settings(max_examples=60, deadline=None)
def test_any_text_renders_safely(text: str) -> None:
    for facts in (hostile(text), replace(hostile(text), bundle=True)):
        rendered = render(facts, LOOK)
        assert len(rendered.subject) <= SUBJECT and len(rendered.subject.splitlines()) == 1
        page = Page(rendered.html)
        assert page.tags <= ALLOWED_TAGS and not page.links
        for part in (rendered.subject, rendered.text, rendered.html):
            part.encode("utf-8")
            assert "\u202e" not in part and "\x00" not in part


def test_the_page_needs_no_network_and_holds_its_style_inline() -> None:
    html = render(message(alert(case=case(customer=CUSTOMER))), LOOK).html
    page = Page(html)
    assert not {"script", "img", "link", "iframe", "form"} & page.tags
    assert "url(" not in html and "@import" not in html
    assert html.count("style=") > 20
    assert "prefers-color-scheme: dark" in html and "max-width: 480px" in html
    assert '<meta name="viewport"' in html


# --- the operator's own templates -------------------------------------------------------------------------------


def test_a_template_of_the_operator_s_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "case.txt.j2").write_text("我们自己的：{{ case.number }}", encoding="utf-8")
    rendered = render(message(), replace(LOOK, templates=tmp_path))
    assert rendered.text == "我们自己的：12\n"
    assert "未识别" in rendered.html


@pytest.mark.parametrize("broken", ["{{ case.number", "{{ nothing.at.all }}", "{% include 'gone' %}"])
def test_a_broken_template_does_not_stop_the_mail(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "case.txt.j2").write_text(broken, encoding="utf-8")
    assert "未识别" in render(message(), replace(LOOK, templates=tmp_path)).text
    assert "config/templates" in caplog.text


def test_a_folder_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    assert render(message(), replace(LOOK, templates=tmp_path / "none")).subject


def test_people_read_a_source_s_title_and_commands_its_name() -> None:
    titled = replace(LOOK, source_title=lambda name: "车主论坛" if name == "owners-forum" else name)
    assert all("车主论坛 · discuz" in body and "owners-forum" not in body for body in both(message(), titled)[1])
    facts = {"outcome": "blocked", "detail": "HTTP 403", "at": NOW.isoformat(), "found": 0, "new": 0}
    blind = alert(kind=AlertKind.SOURCE_BAD, subject="owners-forum", case=None, mention=None, facts=facts)
    rendered, bodies = both(message(blind), titled)
    assert rendered.subject == "【监测来源异常】车主论坛：被拦截"
    assert all("listener crawl owners-forum" in body for body in bodies)
