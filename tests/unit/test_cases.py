"""Which case a complaint belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.cases.joining import USUAL, Habits, Terms, decide
from listener.cases.matters import Claim, FoundCases, KnownCase, keys, matter_of, speaker_of, thread_of
from listener.model import (
    CaseDecision,
    CaseState,
    DedupeDecision,
    IdentityLink,
    Judgement,
    Severity,
    Tier,
    TopicMatch,
)
from tests.factories import NOW, claim, complaint, key, mention

DEADLINES = {
    severity: Terms(*(NOW + timedelta(hours=index * times) for times in (1, 2, 9)), NOW)
    for index, severity in enumerate(Severity, 1)
}


def decided(*batch: Claim, found: FoundCases | None = None) -> list[CaseDecision]:
    return decide(batch, found or FoundCases(), DEADLINES)


def known(one: Claim, **changes: object) -> KnownCase:
    matter = matter_of(one)
    case = KnownCase(
        fingerprint=f"{matter}-1",
        matter=matter,
        state=CaseState.NEW,
        severity=Severity.S3,
        problem="quality",
        spoken_at=NOW - timedelta(days=1),
        case_id=9,
    )
    return replace(case, **changes)  # type: ignore[arg-type]


def stored(one: Claim, **changes: object) -> FoundCases:
    case = known(one, **changes)
    return FoundCases(by_matter={case.matter: [case]})


def said_by(native_id: str, author: str, **changes: object) -> Claim:
    return claim(native_id, mention=mention(native_id, author_id=author, **changes))  # type: ignore[arg-type]


def test_a_complaint_opens_a_case_with_its_deadline() -> None:
    (found,) = decided(claim())
    assert (found.action, found.state, found.severity) == ("open", CaseState.NEW, Severity.S2)
    assert (found.first_contact_by, found.plan_by, found.close_by) == DEADLINES[Severity.S2][:3]
    assert found.title == "刹车失灵，找4S店没人管"


@pytest.mark.parametrize(
    ("title", "text", "called"),
    [
        ("刹车失灵，4S店没人管，谁来处理", "提车三个月", "刹车失灵，4S店没人管，谁来处理"),
        ("城西店", "面包里吃出铁丝，\n请店长联系我", "城西店：面包里吃出铁丝， 请店长联系我"),
        ("求助", "", "求助"),
        ("", "刹车失灵" * 20, ("刹车失灵" * 20)[:59] + "…"),
        ("刹车失灵", "刹车失灵，没人管", "刹车失灵"),
    ],
)
def test_a_case_is_called_by_what_says_something(title: str, text: str, called: str) -> None:
    (found,) = decided(said_by("1", "8", title=title, text=text))
    assert found.title == called


def test_what_is_doubtful_waits_unless_it_speaks_of_safety() -> None:
    doubtful = claim("1", complaint=complaint(Tier.REVIEW))
    unsafe = said_by("2", "8")
    unsafe = replace(unsafe, complaint=complaint(Tier.REVIEW, safety=True))
    assert [found.state for found in decided(doubtful, unsafe)] == [CaseState.TO_VERIFY, CaseState.NEW]


def test_no_complaint_and_no_topic_open_nothing() -> None:
    praise = claim("1", complaint=complaint(Tier.NO))
    foreign = claim("2", topics=())
    assert [found.reason for found in decided(praise, foreign)] == ["不是投诉", "未命中任何监测主题"]


def test_without_topics_configured_every_complaint_counts() -> None:
    (found,) = decide([claim(topics=())], FoundCases(), DEADLINES, topics_required=False)
    assert found.action == "open"


def test_two_complaints_of_one_author_about_one_problem_are_one_case() -> None:
    first, second = decided(claim("1"), claim("2"))
    assert (first.action, second.action, second.joined_as) == ("open", "join", "same_matter")
    assert first.fingerprint == second.fingerprint


def test_another_problem_of_the_same_author_is_a_case_of_its_own() -> None:
    other = claim("2", complaint=complaint(problem="refund"))
    first, second = decided(claim("1"), other)
    assert second.action == "open"
    assert first.fingerprint != second.fingerprint


def test_another_topic_is_another_case() -> None:
    first, second = decided(claim("1"), claim("2", topics=(TopicMatch("乐家"),)))
    assert second.action == "open"
    assert first.fingerprint != second.fingerprint


def test_two_authors_are_two_cases() -> None:
    assert [found.action for found in decided(said_by("1", "7"), said_by("2", "8"))] == ["open", "open"]


def test_nameless_authors_are_never_taken_for_one() -> None:
    nameless = [claim(str(n), mention=mention(str(n), author_id="", author_name="")) for n in range(2)]
    assert [found.action for found in decided(*nameless)] == ["open", "open"]


def test_one_customer_under_two_accounts_is_one_matter() -> None:
    links = [
        (IdentityLink(mention=key(n), customer_id=5, judgement=Judgement.POSITIVE, score=1.0),) for n in ("1", "2")
    ]
    first = replace(said_by("1", "7"), links=links[0])
    second = replace(said_by("2", "8"), links=links[1])
    assert [found.action for found in decided(first, second)] == ["open", "join"]


def test_an_unsure_link_never_joins_two_people() -> None:
    unsure = (IdentityLink(mention=key("2"), customer_id=5, judgement=Judgement.UNSURE, score=0.6),)
    second = replace(said_by("2", "8"), links=unsure)
    assert decided(said_by("1", "7"), second)[1].action == "open"


def test_a_repost_joins_the_case_of_its_original_and_raises_nothing() -> None:
    repost = said_by("2", "8")
    repost = replace(
        repost, dedupe=DedupeDecision(key("1"), "与原文相同", 1.0), complaint=complaint(severity=Severity.S1)
    )
    opened, joined = decided(claim("1"), repost)
    assert (joined.action, joined.joined_as, joined.severity) == ("join", "repost", opened.severity)


def test_a_repost_of_what_has_no_case_opens_none() -> None:
    repost = claim("2", dedupe=DedupeDecision(key("1"), "与原文相同", 1.0))
    assert decided(repost)[0].action == "none"


def test_what_the_author_adds_in_the_thread_follows_up_even_if_it_is_no_complaint() -> None:
    first = claim("1", mention=mention("1", thread_id="t"))
    thanks = claim("2", mention=mention("2", thread_id="t"), complaint=complaint(Tier.NO))
    other = replace(said_by("3", "8", thread_id="t"), complaint=complaint(Tier.NO))
    assert [found.joined_as or found.action for found in decided(first, thanks, other)] == ["open", "follow_up", "none"]


def test_a_stored_open_case_is_joined_and_a_graver_word_raises_it() -> None:
    one = claim("2", complaint=complaint(severity=Severity.S1))
    (found,) = decided(one, found=stored(one))
    assert (found.action, found.severity) == ("join", Severity.S1)
    assert found.close_by == DEADLINES[Severity.S1].close_by


@pytest.mark.parametrize(
    ("problem", "severity", "joined_as", "called"),
    [
        ("", Severity.S3, "", "吃完上吐下泻"),  # the first to name a problem
        ("quality", Severity.S1, "", "吃完上吐下泻"),  # graver than all before
        ("quality", Severity.S3, "", "建议多放几个购物篮"),
        ("", Severity.S3, "repost", "建议多放几个购物篮"),
    ],
)
def test_a_case_is_called_by_the_words_that_say_its_matter(
    problem: str, severity: Severity, joined_as: str, called: str
) -> None:
    said = mention("2", title="吃完上吐下泻", text="昨晚吃完上吐下泻，去了医院")
    one = claim("2", mention=said, complaint=complaint(severity=severity, problem="quality"))
    case = known(one, title="建议多放几个购物篮", problem=problem)
    found = FoundCases(by_matter={case.matter: [case]})
    if joined_as == "repost":
        one = replace(one, dedupe=DedupeDecision(duplicate_of=key("1"), reason="转发"))
        found.by_mention[key("1")] = case
    assert decided(one, found=found)[0].title.startswith(called)


def test_a_complaint_soon_after_closing_reopens_the_case() -> None:
    one = claim("2")
    closed = NOW - timedelta(days=1)
    (found,) = decided(one, found=stored(one, state=CaseState.CLOSED, closed_at=closed))
    assert (found.action, found.state) == ("join", CaseState.REOPENED)
    assert found.first_contact_by == DEADLINES[Severity.S2].first_contact_by
    long_ago = NOW - USUAL.reopen_within - timedelta(days=1)
    (found,) = decided(one, found=stored(one, state=CaseState.CLOSED, closed_at=long_ago))
    assert found.action == "open"


def test_thanks_after_our_answer_say_that_the_customer_is_satisfied() -> None:
    thanks = claim("2", mention=mention("2", thread_id="t"), complaint=complaint(Tier.NO, kind="praise"))
    found = FoundCases(by_thread={thread_of(thanks.mention): known(thanks, state=CaseState.ANSWERED)})  # type: ignore[dict-item]
    (decision,) = decided(thanks, found=found)
    assert (decision.satisfied, decision.state) == (True, CaseState.ANSWERED)
    found = FoundCases(by_thread={thread_of(thanks.mention): known(thanks)})  # type: ignore[dict-item]
    assert not decided(thanks, found=found)[0].satisfied, "nobody has answered yet"


def test_who_complains_on_after_our_answer_has_not_been_answered() -> None:
    one = claim("2")
    (found,) = decided(one, found=stored(one, state=CaseState.ANSWERED))
    assert found.state is CaseState.REOPENED
    (found,) = decided(one, found=stored(one, state=CaseState.WAITING_CUSTOMER))
    assert found.state is CaseState.IN_PROGRESS


def test_a_closed_case_is_not_joined_and_the_next_number_is_taken() -> None:
    one = claim("2")
    (found,) = decided(one, found=stored(one, state=CaseState.CLOSED))
    assert (found.action, found.fingerprint) == ("open", f"{matter_of(one)}-2")


def test_what_is_said_long_after_is_a_matter_of_its_own() -> None:
    one = claim("2")
    (found,) = decided(one, found=stored(one, spoken_at=NOW - timedelta(days=60)))
    assert found.action == "open"


def test_a_doubtful_case_becomes_sure_when_its_author_complains_plainly() -> None:
    one = claim("2")
    (found,) = decided(one, found=stored(one, state=CaseState.TO_VERIFY))
    assert (found.action, found.state) == ("join", CaseState.NEW)


def test_a_mention_that_is_in_a_case_already_stays_there() -> None:
    one = claim("1")
    found = FoundCases(by_mention={one.mention.key: known(one)})
    assert decided(one, found=found)[0].action == "none"


def test_keys_ask_for_matters_originals_and_threads() -> None:
    repost = claim("2", dedupe=DedupeDecision(key("1")), complaint=complaint(Tier.NO))
    asked = keys([repost])
    assert asked.matters == frozenset()
    assert asked.mentions == {key("1"), key("2")}
    assert asked.threads == {("discuz", "forum.example", "t2", "7")}


AUTHORS = st.sampled_from(["7", "8", "9"])
PROBLEMS = st.sampled_from(["quality", "refund", ""])
SAID = st.tuples(AUTHORS, PROBLEMS, st.integers(0, 100), st.sampled_from(list(Tier)))


@given(st.lists(SAID, max_size=12), st.randoms(use_true_random=False))
def test_grouping_does_not_depend_on_the_order_of_arrival(said: list[tuple[str, str, int, Tier]], random) -> None:  # type: ignore[no-untyped-def]
    batch = [
        replace(
            said_by(str(n), author, published_at=NOW - timedelta(hours=hours, seconds=n)),
            complaint=complaint(tier, problem=problem),
        )
        for n, (author, problem, hours, tier) in enumerate(said)
    ]
    shuffled = list(batch)
    random.shuffle(shuffled)
    straight = {found.mention: found.fingerprint for found in decided(*batch)}
    mixed = {found.mention: found.fingerprint for found in decided(*shuffled)}
    assert straight == mixed


def test_who_speaks_of_anothers_case_in_its_thread_joins_it_quietly() -> None:
    """A witness or an adviser has no case of their own: one matter, one case. Nothing but a danger makes it graver."""
    first = claim("1", mention=mention("1", author_id="7", thread_id="t"))
    said = "亲眼看见冒烟，消防车把路都堵了"
    seen = said_by("2", "8", thread_id="t", title="", text=said)
    seen = replace(seen, complaint=complaint(Tier.REVIEW, safety=True, severity=Severity.S1))
    advice = said_by("3", "9", thread_id="t", title="", text="缺陷线索可以在网上直接填，带上发票就行")
    advice = replace(advice, complaint=complaint(Tier.REVIEW, severity=Severity.S3))
    opened, witness, other = decided(first, seen, advice)
    assert (witness.action, witness.joined_as, witness.fingerprint) == ("join", "witness", opened.fingerprint)
    assert (witness.severity, witness.first_contact_by) == (Severity.S1, DEADLINES[Severity.S1].first_contact_by)
    assert (other.joined_as, other.first_contact_by, other.state) == ("witness", None, CaseState.NEW)
    assert keys([first, seen, advice]).places == {("discuz", "forum.example", "t")}


def test_who_tells_of_their_own_trouble_in_anothers_thread_has_a_case_of_their_own() -> None:
    first = claim("1", mention=mention("1", author_id="7", thread_id="t"))
    too = replace(said_by("2", "8", thread_id="t", title="", text="我的也冒烟了"), complaint=complaint(Tier.REVIEW))
    sure = replace(said_by("3", "9", thread_id="t", title="", text="刹车失灵，求处理"), complaint=complaint(Tier.YES))
    assert [found.action for found in decided(first, too, sure)] == ["open", "open", "open"]


def test_a_closed_case_takes_no_witness() -> None:
    late = said_by("2", "8", thread_id="t", title="", text="亲眼看见冒烟")
    late = replace(late, complaint=complaint(Tier.REVIEW))
    place = ("discuz", "forum.example", "t")
    ended = known(claim("1"), state=CaseState.CLOSED, closed_at=NOW)
    assert decided(late, found=FoundCases(by_place={place: [ended]}))[0].action == "open"
    assert decided(late, found=FoundCases(by_place={place: [known(claim("1"))]}))[0].joined_as == "witness"


def test_the_third_complaint_within_ninety_days_is_raised_and_says_so() -> None:
    third = claim(complaint=complaint(severity=Severity.S3))
    speaker = speaker_of(third)
    assert speaker is not None
    earlier = [NOW - timedelta(days=days) for days in (200, 60, 40)]
    (found,) = decided(third, found=FoundCases(complained={speaker: earlier}))
    assert (found.severity, found.recent) == (Severity.S2, 3)
    assert found.reason.startswith("90 天内第 3 次投诉")
    assert found.first_contact_by == DEADLINES[Severity.S2].first_contact_by
    (second,) = decided(third, found=FoundCases(complained={speaker: earlier[:2]}))
    assert (second.severity, second.recent) == (Severity.S3, 2)


def test_complaints_of_one_batch_count_too_and_danger_alone_is_s1() -> None:
    batch = [
        said_by(str(number), "7", published_at=NOW - timedelta(hours=9 - number), thread_id=str(number))
        for number in range(4)
    ]
    batch = [
        replace(one, complaint=complaint(problem=f"p{number}", severity=Severity.S2))
        for number, one in enumerate(batch)
    ]
    assert [found.recent for found in decided(*batch)] == [1, 2, 3, 4]
    assert {found.severity for found in decided(*batch)} == {Severity.S2}
    assert {speaker_of(one) for one in batch} == keys(batch).speakers


def test_recurrence_is_as_long_as_configured() -> None:
    closed = {"state": CaseState.CLOSED, "closed_at": NOW - timedelta(days=20)}
    again = claim(complaint=complaint(problem="quality"))
    (usual,) = decided(again, found=stored(again, **closed))
    (longer,) = decide([again], stored(again, **closed), DEADLINES, habits=Habits(reopen_within=timedelta(days=30)))
    assert (usual.action, longer.action, longer.state) == ("open", "join", CaseState.REOPENED)
