"""What people teach an installation: corrections, spot checks, trained models with their versions, and replays."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlmodel import Session

from listener import correcting, corrections, replay
from listener.correcting import Corrected
from listener.desk.cases import Casework
from listener.errors import BadInput, Mistake
from listener.installation import Facts
from listener.language import chosen, say
from listener.model import Sentiment
from listener.nlp.evaluate import Figures
from listener.nlp.learn import Correction, Lesson, forgets, held_out, learn, measure
from listener.nlp.sentiment import SentimentModel, corpus_lines
from listener.pipeline import Counts
from listener.settings import Person
from listener.steps import Steps
from listener.store import corrections as stored
from listener.store import versions, views
from listener.text.clean import clean
from listener.text.labels import label
from listener.text.mask import mask

__all__ = ["Teaching"]

log = logging.getLogger(__name__)

SHIPPED = "shipped"
_EVERY = 35
"""One line in so many of the shipped corpora is looked at, so that nothing known is forgotten unseen."""


class Teaching(Casework):
    """The part of a ``listener.bootstrap.Listener`` that learns from people."""

    @cached_property
    def steps(self) -> Steps:
        """The pure steps."""
        raise NotImplementedError

    def process(self) -> Counts:
        """Work through what waits."""
        raise NotImplementedError

    _analyser_uses = ""
    """The version that the analyser was made with."""

    # corrections

    def correct(
        self, mention: str, values: Mapping[str, str], person: Person, *, case: int | None = None, note: str = ""
    ) -> Corrected:
        """Keep ``person``'s word on a mention (number, ``platform:native_id``, address) or the opener of ``case``."""
        checked = self.checked(values)
        with self.database.read() as session:
            number = correcting.opener_of(session, case) if case else correcting.find_mention(session, mention)
        desk = self.handling_desk()
        done = correcting.correct(self.database, self.steps, desk, number, checked, person, self.now(), note)
        return self._settled(done)

    def checked(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values as they are kept; ``BadInput`` where one is none, or none is given."""
        problems = {problem.code: problem.name for problem in self.taxonomy.problems}
        found = {name: corrections.check(name, value, problems) for name, value in values.items() if value}
        if not found:
            what = say("没有要纠正的内容", "says nothing to correct")
            raise BadInput(Mistake("correct", what, "--sentiment --complaint --kind --problem --severity"))
        return found

    def undo_correction(self, number: int, person: Person) -> Corrected:
        """Take one correction back."""
        done = correcting.undo(self.database, self.steps, self.handling_desk(), number, person, self.now())
        return self._settled(done)

    def _settled(self, done: Corrected) -> Corrected:
        """Where the mention has to go through the pipeline again, let it, and look what case it came to."""
        if done.waits:
            self.process()
            with self.database.read() as session:
                done.case, done.state = correcting.case_of(session, done.mention_id)
        return done

    def correction_rows(self, limit: int) -> list[Facts]:
        """The newest corrections, masked and in words."""
        with self.database.read() as session:
            found = stored.rows(session, limit)
        return [self._correction(row) for row in found]

    def answer_word(self, field: str, code: str) -> str:
        """What a person reads for an answer in one of ``corrections.FIELDS``; "-" where there is none."""
        if field == "problem":
            return self.taxonomy.name_of(code, chosen()) if code else "-"
        return (label(Sentiment(code)) if field == "sentiment" and code else label(code)) or "-"

    def _correction(self, row: Facts) -> Facts:
        old, new = (self.answer_word(row["field"], row[name]) for name in ("old", "new"))
        times = {"at": self._local(row["at"]), "undone_at": self._local(row["undone_at"])}
        text = mask(row["text"])[:40]
        return (
            row | times | {"text": text, "note": mask(row["note"]), "change": f"{label(row['field'])}：{old} → {new}"}
        )

    # spot checks

    def draw(self, size: int, since: datetime | None, person: Person) -> int:
        """Draw mentions at random for people to judge; how many."""
        with self.database.write() as session:
            return stored.draw(session, since, size, person.name, self.now())

    def queue(self, limit: int) -> list[Facts]:
        """Drawn mentions that nobody has judged, masked."""
        with self.database.read() as session:
            found = stored.queue(session, limit)
        return [row | {"text": mask(row["text"])} for row in found]

    # models

    def sentiment_model(self) -> SentimentModel:
        """The model in use. Where its file is gone or altered, the shipped one, and the log says so: we never stop."""
        with self.database.read() as session:
            name = versions.in_use(session)
            row = versions.named(session, name) if name else None
        configured = self.settings.installation.nlp.model
        if row is None:
            return SentimentModel.load(self.settings.home / configured if configured else None)
        try:
            return self._load(Path(row.file), row.file_digest)
        except BadInput as error:
            log.error("%s", error)
            return SentimentModel.load(None)

    def _load(self, file: Path, digest: str) -> SentimentModel:
        path = self.settings.home / file
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise BadInput(Mistake(str(path), say("文件被改动过", "was altered"), "listener nlp rollback"))
        return SentimentModel.load(path)

    def model_in_use(self) -> str:
        """The name of the version in use; "" for the shipped one."""
        with self.database.read() as session:
            return versions.in_use(session)

    def take_up_model(self) -> bool:
        """Let go of the parts made with another model than the one in use now; True where there were such."""
        name = self.model_in_use()
        if "analyser" not in self.__dict__ or self._analyser_uses == name:
            return False
        for part in ("steps", "analyser"):
            self.__dict__.pop(part, None)
        log.warning("%s", say(f"启用情感模型 {name or SHIPPED}", f"sentiment model {name or SHIPPED} is in use"))
        return True

    def taught(self) -> list[Correction]:
        """What people said of sentiments, oldest first, each with the text they had read."""
        with self.database.read() as session:
            found = stored.taught(session)
        return [Correction(clean(each.raw, each.raw_id).full_text, Sentiment(each.new)) for each in found]

    def train(self, person: Person) -> Facts:
        """Adapt the shipped model to the corrections; used from now on where it is better, told in any case."""
        taught, now = self.taught(), self.now()
        base, current, segmenter = SentimentModel.load(None), self.sentiment_model(), self.analyser.segmenter
        with self.database.read() as session:
            known = {row.name for row in versions.rows(session)}
        name = next(f"{now:%Y%m%d}-{i}" for i in range(1, 10_000) if f"{now:%Y%m%d}-{i}" not in known)
        shipped = [Correction(text, Sentiment.POSITIVE if good else Sentiment.NEGATIVE) for text, good in _shipped()]
        unseen = self._twin(current, base)
        lesson = learn(base, taught, segmenter, name, in_use=unseen, known=shipped)
        kept = [each for each in {c.text: c for c in taught}.values() if held_out(each.text)]
        figures = {
            "held_out": {"before": measure(unseen, kept, segmenter), "after": measure(lesson.twin, kept, segmenter)},
            "shipped": {
                "before": measure(current, shipped, segmenter),
                "after": measure(lesson.model, shipped, segmenter),
            },
        }
        why_not = "" if lesson.accepted else lesson.reason
        if lesson.accepted:
            why_not = _worse(figures)
        facts: Facts = {
            "name": name, "trained_at": now, "person": person.name, "base": base.version, "corrections": len(taught),
            "accepted": not why_not, "reason": why_not or lesson.reason, "file": "", "file_digest": "",
            "figures": {part: {when: f.as_facts() for when, f in both.items()} for part, both in figures.items()},
        }  # fmt: skip
        if not why_not:
            facts |= self._keep(lesson, name)
        with self.database.write() as session:
            versions.add(session, facts)
            if facts["accepted"]:
                versions.use(session, name)
            views.audit(session, person.name, "train", name, now, facts["reason"])
        return facts | {"trained_at": self._local(now)}

    def _twin(self, current: SentimentModel, base: SentimentModel) -> SentimentModel:
        """What the model in use was before it was taught the held-out corrections: only that can be measured on them.

        Where its file is gone or altered, the shipped one: it has not seen them either.
        """
        digest = current.facts.get("twin")
        if not isinstance(digest, str):
            return current
        try:
            return self._load(_file_of(current.version, twin=True), digest)
        except BadInput as error:
            log.error("%s", error)
            return base

    def _keep(self, lesson: Lesson, name: str) -> Facts:
        """Write the model, and its twin beside it, whose digest the model's facts have."""
        twin = self._saved(lesson.twin, _file_of(name, twin=True))
        file = _file_of(name)
        model = replace(lesson.model, facts={**lesson.model.facts, "twin": twin})
        return {"file": file.as_posix(), "file_digest": self._saved(model, file)}

    def _saved(self, model: SentimentModel, file: Path) -> str:
        """The digest of the file written."""
        path = self.settings.home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def model_rows(self) -> list[Facts]:
        """Every training and the shipped model, the newest first, with which is in use."""
        with self.database.read() as session:
            found, used = versions.rows(session), versions.in_use(session)
        names = ("name", "corrections", "accepted", "reason", "person", "figures")
        trained = [
            {name: getattr(row, name) for name in names}
            | {"trained_at": self._local(row.trained_at), "in_use": row.name == used}
            for row in found
        ]
        last = {"name": SHIPPED, "corrections": 0, "accepted": True, "reason": say("随软件提供", "came with Listener")}
        return [*trained, last | {"person": "", "figures": {}, "trained_at": None, "in_use": not used}]

    def roll_back(self, name: str, person: Person) -> str:
        """Use an earlier version: the one of that name, else the one taken before the one in use; its name.

        ``BadInput`` where its file is gone or was altered: the shipped one would answer in its place.
        """
        with self.database.write() as session:
            used = versions.in_use(session)
            chosen = _earlier(session, used, name)
            if row := versions.named(session, chosen):
                self._load(Path(row.file), row.file_digest)
            versions.use(session, "" if chosen == SHIPPED else chosen)
            views.audit(session, person.name, "use model", chosen, self.now(), f"{used or SHIPPED} → {chosen}")
        return chosen

    def evaluate(self, labelled: Sequence[tuple[str, str]]) -> dict[str, Figures]:
        """The figures of the model in use, and of the shipped one, on (text, label) pairs."""
        cases = [Correction(text, Sentiment(corrections.check("sentiment", value))) for text, value in labelled]
        segmenter, used = self.analyser.segmenter, self.sentiment_model()
        found = {used.version: measure(used, cases, segmenter)}
        shipped = SentimentModel.load(None)
        return found | {shipped.version: measure(shipped, cases, segmenter)}

    # replays

    def replay(
        self,
        *,
        since: datetime | None = None,
        topic: str = "",
        write: bool = False,
        alert: bool = False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> replay.Difference:
        """Understand stored captures anew with the model and configuration of now; see ``listener.replay``."""
        if topic and topic not in {each.name for each in self.settings.topics}:
            names = "、".join(each.name for each in self.settings.topics)
            raise BadInput(Mistake("--topic", say(f"没有主题 {topic}", f"no topic {topic}"), names))
        self.take_up_model()
        how = replay.Scope(since=since, topic=topic, write=write, alert=alert)
        return replay.replay(self.database, self.steps, how, self.now, progress)


def _file_of(name: str, *, twin: bool = False) -> Path:
    return Path("var") / "models" / f"{name}{'.twin' if twin else ''}.npz"


def _shipped() -> list[tuple[str, bool]]:
    return corpus_lines()[::_EVERY]


def _worse(figures: Mapping[str, Mapping[str, Figures]]) -> str:
    """Why the new model is worse than the one in use, "" where it is not."""
    kept, shipped = figures["held_out"], figures["shipped"]
    if kept["after"].accuracy < kept["before"].accuracy:
        return say("在留出的纠正上不如现用模型", "worse than the model in use on the corrections held out")
    if forgets(shipped["before"], shipped["after"]):
        return say("忘记了原有知识", "it forgets what it knew")
    return ""


def _earlier(session: Session, used: str, name: str) -> str:
    taken = [row.name for row in versions.rows(session) if row.accepted]
    if name:
        if name not in (*taken, SHIPPED):
            what = say(f"没有采用过版本 {name}", f"version {name} was never taken")
            raise BadInput(Mistake("nlp rollback", what, "、".join([*taken, SHIPPED])))
        return name
    if not used:
        what = say("现用的就是自带模型", "the shipped model is in use already")
        raise BadInput(Mistake("nlp rollback", what, say("可以写明版本", "name a version")))
    later = [*taken, SHIPPED]
    return later[later.index(used) + 1] if used in later else SHIPPED
