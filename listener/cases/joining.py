"""Which case a complaint belongs to: a new one, one that is open, or none. Pure: ``keys``, one query, ``decide``.

A matter is one speaker on one topic (``listener.cases.matters``). A complaint joins the open case of its matter when it
speaks in the same thread, names the same problem, or names none; another problem of the same speaker is a case of its
own.
A repost joins the case of its original. Whatever the same speaker adds in the thread of an open case follows it up.
What others say there and may be a complaint, but is nothing of their own (a witness, advice), joins it too: one matter.
The fingerprint (matter and running number, versioned) is unique in the store: what two workers decide at once
meets there, and the later one decides again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from listener.cases.matters import Claim, FoundCases, KnownCase, matter_of, place_of, speaker_of, thread_of
from listener.model import CaseDecision, CaseState, Mention, Severity, Tier

TELLING = 12
"""A title of fewer characters (求助, 柚巷武汉街道口店) seldom says what is the matter."""

SAME_MATTER_WITHIN = timedelta(days=30)
"""What was said longer than this after the newest mention of an open case is a matter of its own."""


class Habits(NamedTuple):
    """What ``sla.toml`` says of recurrence: ``reopen_within`` of closing it reopens the case, and the
    ``repeat_count``-th complaint of one speaker within ``repeat_within`` is raised."""

    reopen_within: timedelta = timedelta(days=15)
    repeat_count: int = 3
    repeat_within: timedelta = timedelta(days=90)


USUAL = Habits()


class Terms(NamedTuple):
    """The deadlines of a case opened now, and when its clocks are first looked at."""

    first_contact_by: datetime
    plan_by: datetime
    close_by: datetime
    attend_at: datetime | None = None


def decide(
    batch: Sequence[Claim],
    found: FoundCases,
    terms: Mapping[Severity, Terms],
    *,
    topics_required: bool = True,
    habits: Habits = USUAL,
) -> list[CaseDecision]:
    """One decision for each claim, in the batch's order.

    The batch is worked through by the time things were said, so that its order does not change who joins whom.
    ``terms`` are the deadlines of a case opened now, by severity. With ``topics_required`` a complaint
    that no topic claims opens nothing: it is not about us.
    """
    decided: dict[int, CaseDecision] = {}
    order = sorted(
        range(len(batch)), key=lambda index: (_repost(batch[index]), batch[index].mention.happened_at, index)
    )
    for index in order:
        decision = _decide_one(batch[index], found, terms, topics_required, habits)
        _remember(batch[index], decision, found)
        decided[index] = decision
    return [decided[index] for index in range(len(batch))]


def _repost(claim: Claim) -> bool:
    return claim.dedupe.duplicate_of is not None


def _decide_one(
    claim: Claim,
    found: FoundCases,
    terms: Mapping[Severity, Terms],
    topics_required: bool,
    habits: Habits,
) -> CaseDecision:
    key = claim.mention.key
    if key in found.by_mention:
        return CaseDecision(
            mention=key, action="none", reason="已在工单中", fingerprint=found.by_mention[key].fingerprint
        )
    original = claim.dedupe.duplicate_of
    if original is not None:
        return _join_original(claim, found.by_mention.get(original), terms)
    thread = thread_of(claim.mention)
    spoken = found.by_thread.get(thread) if thread else None
    if spoken is not None and _takes_more(spoken, claim, habits):
        return _join(claim, spoken, "follow_up", "同一发布者在同一主题帖中的后续发言", terms)
    if claim.complaint.tier is Tier.NO:
        return CaseDecision(mention=key, action="none", reason="不是投诉")
    if topics_required and not claim.topics and not claim.mention.forwarded_by:
        return CaseDecision(mention=key, action="none", reason="未命中任何监测主题")
    known = found.by_matter.get(matter_of(claim), [])
    same = next((case for case in reversed(known) if _same_matter(case, claim, habits)), None)
    if same is not None:
        return _join(claim, same, "same_matter", "同一发布者对同一问题的再次投诉", terms)
    told = found.by_place.get(place_of(claim) or ("", "", ""), [])
    spoken_of = next((case for case in told if _takes_more(case, claim, habits) and case.state.open), None)
    if spoken_of is not None:
        return _join(claim, spoken_of, "witness", "他人在同一主题帖中的补充，没有说自己的事", terms)
    return _open(claim, len(known), terms, _recent(claim, found, habits), habits)


def _join_original(claim: Claim, original: KnownCase | None, terms: Mapping[Severity, Terms]) -> CaseDecision:
    if original is None:
        return CaseDecision(mention=claim.mention.key, action="none", reason="转发；原文没有工单")
    return _join(claim, original, "repost", claim.dedupe.reason or "转发", terms)


def _recent(claim: Claim, found: FoundCases, habits: Habits) -> int:
    """How many complaints this speaker has made within the repeat window, this one included."""
    at, speaker = claim.mention.happened_at, speaker_of(claim)
    earlier = found.complained.get(speaker, []) if speaker else []
    return 1 + sum(at - habits.repeat_within <= moment <= at for moment in earlier)


def _takes_more(case: KnownCase, claim: Claim, habits: Habits) -> bool:
    """True while the case is open, or shortly after its closing: the trouble is back, or the customer says thanks."""
    at = claim.mention.happened_at
    if case.state is CaseState.CLOSED and case.closed_at is not None:
        return case.closed_at <= at <= case.closed_at + habits.reopen_within
    return case.state.open and abs(at - case.spoken_at) <= SAME_MATTER_WITHIN


def _same_matter(case: KnownCase, claim: Claim, habits: Habits) -> bool:
    problem = claim.complaint.problem
    return _takes_more(case, claim, habits) and (not problem or not case.problem or problem == case.problem)


def _join(claim: Claim, case: KnownCase, joined_as: str, reason: str, terms: Mapping[Severity, Terms]) -> CaseDecision:
    """Join ``case``; a graver complaint raises its severity and tightens its clocks, a repost never does.

    What a witness saw of a danger counts as if the customer had said it. The case is called by the customer's own words
    that say the matter: those that first name its problem, or the graver ones.
    """
    graver = joined_as != "repost" and claim.complaint.tier is not Tier.NO and claim.complaint.severity < case.severity
    state = _after_joining(claim, case, joined_as)
    severity = claim.complaint.severity if graver else case.severity
    anew = terms.get(severity) if graver or state is CaseState.REOPENED else None
    return CaseDecision(
        mention=claim.mention.key,
        action="join",
        reason=reason,
        fingerprint=case.fingerprint,
        state=state,
        severity=severity,
        title=_title(claim.mention) if _says_it(claim, case, joined_as, graver) else case.title,
        topic=case.topic,
        problem=case.problem or claim.complaint.problem,
        customer_id=case.customer_id if case.customer_id is not None else claim.customer_id,
        joined_as=joined_as,
        satisfied=_is_satisfied(claim, case, joined_as),
        **(anew._asdict() if anew else {}),
    )


def _says_it(claim: Claim, case: KnownCase, joined_as: str, graver: bool) -> bool:
    """True where this mention rather than the one that opened the case says what the matter is."""
    named = bool(claim.complaint.problem) and not case.problem and claim.complaint.tier is not Tier.NO
    return (graver or named) and joined_as not in ("repost", "witness")


def _after_joining(claim: Claim, case: KnownCase, joined_as: str) -> CaseState:
    """A doubtful case becomes sure when its author complains in plain words or tells of a danger; a closed one reopens.

    Who complains on after our answer has not been answered; who only adds a word while we wait has answered us.
    """
    if joined_as in ("repost", "witness"):
        return case.state
    complains = claim.complaint.tier is Tier.YES or (
        claim.complaint.tier is Tier.REVIEW and bool(claim.complaint.safety)
    )
    if case.state is CaseState.TO_VERIFY and complains:
        return CaseState.NEW
    if case.state in (CaseState.CLOSED, CaseState.ANSWERED, CaseState.FOLLOW_UP) and complains:
        return CaseState.REOPENED
    return CaseState.IN_PROGRESS if case.state is CaseState.WAITING_CUSTOMER else case.state


def _is_satisfied(claim: Claim, case: KnownCase, joined_as: str) -> bool:
    """True where the customer praises after our answer, and was not asked yet."""
    answered = case.state in (CaseState.ANSWERED, CaseState.FOLLOW_UP)
    praised = claim.complaint.tier is Tier.NO and claim.complaint.kind == "praise"
    return answered and praised and joined_as == "follow_up" and not case.satisfaction


_RAISED = {Severity.S4: Severity.S3, Severity.S3: Severity.S2}
"""One step for who complains again and again; S1 is for danger alone."""


def _open(claim: Claim, earlier: int, terms: Mapping[Severity, Terms], recent: int, habits: Habits) -> CaseDecision:
    complaint, reason = claim.complaint, claim.complaint.reason
    severity = complaint.severity
    if recent >= habits.repeat_count:
        severity = _RAISED.get(severity, severity)
        reason = f"{habits.repeat_within.days} 天内第 {recent} 次投诉；{reason}"
    clocks = terms.get(severity)
    doubtful = (complaint.tier is Tier.REVIEW and not complaint.safety) or bool(claim.mention.forwarded_by)
    matter = matter_of(claim)
    return CaseDecision(
        mention=claim.mention.key,
        action="open",
        reason=reason,
        fingerprint=f"{matter}-{earlier + 1}",
        state=CaseState.TO_VERIFY if doubtful else CaseState.NEW,
        severity=severity,
        recent=recent,
        title=_title(claim.mention),
        topic=claim.topic,
        problem=complaint.problem,
        customer_id=claim.customer_id,
        **(clocks._asdict() if clocks else {}),
    )


def _title(mention: Mention) -> str:
    """What a case is called: its mention's title, with its first words where the title alone says little (a review's is
    the shop it is of); the first words where there is none."""
    title, text = mention.title.strip(), " ".join(mention.text.split())
    if title and len(title) < TELLING and text and not text.startswith(title):
        title = f"{title}：{text}"
    line = (title or text).split("\n", 1)[0]
    return line if len(line) <= 60 else line[:59] + "…"


def _remember(claim: Claim, decision: CaseDecision, found: FoundCases) -> None:
    """Let the rest of the batch see what was just decided."""
    if decision.action == "none":
        return
    speaker = speaker_of(claim)
    if decision.action == "open" and speaker is not None:
        found.complained.setdefault(speaker, []).append(claim.mention.happened_at)
    case = _as_known(claim, decision, found)
    cases = found.by_matter.setdefault(case.matter, [])
    found.by_matter[case.matter] = [known for known in cases if known.fingerprint != case.fingerprint] + [case]
    found.by_mention[claim.mention.key] = case
    thread = thread_of(claim.mention)
    if thread and decision.joined_as not in ("repost", "witness"):
        found.by_thread[thread] = case
    mention = claim.mention
    if decision.action == "open" and mention.thread_id:
        found.by_place.setdefault((mention.platform, mention.site, mention.thread_id), []).append(case)


def _as_known(claim: Claim, decision: CaseDecision, found: FoundCases) -> KnownCase:
    matter = decision.fingerprint.rpartition("-")[0]
    before = next((c for c in found.by_matter.get(matter, []) if c.fingerprint == decision.fingerprint), None)
    fresh = KnownCase(
        fingerprint=decision.fingerprint,
        matter=matter,
        state=decision.state,
        severity=decision.severity,
        problem=decision.problem,
        spoken_at=claim.mention.happened_at,
        title=decision.title,
        topic=decision.topic,
        customer_id=decision.customer_id,
    )
    if before is None:
        return fresh
    spoken_at = max(before.spoken_at, fresh.spoken_at)
    return replace(before, **_told(fresh), spoken_at=spoken_at)


def _told(fresh: KnownCase) -> dict[str, Any]:
    """What a decision may have changed of a case."""
    return {name: getattr(fresh, name) for name in ("state", "severity", "problem", "title", "topic", "customer_id")}
