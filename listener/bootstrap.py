"""The composition root: makes the concrete parts from the configuration. Nobody else names them.

``Listener`` is the application as commands, the daemon and the demo use it: each method is one thing a person can
ask for. Parts are made when first needed, so that a short command loads no model.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from listener import community, delivery, pipeline
from listener.alerts import routing, rules
from listener.alerts.desk import Desk
from listener.alerts.notifiers import Notifier, notifiers_for, ticket_systems
from listener.alerts.throttle import Pace, singles
from listener.checking import CHECKS, REPLIES, dictionary
from listener.crawls.collecting import hosts_folder
from listener.crawls.gathering import Gathering, NoStop
from listener.customers.attributes import Vocabulary
from listener.desk.customers import Crm
from listener.desk.following import Followed, follow
from listener.desk.weights import Weightwork
from listener.errors import NeedsOperator
from listener.handing_out import HandingOut
from listener.judges import EndpointJudge, SecondLook
from listener.keeping import nightly
from listener.language import say, speaking
from listener.links.relinking import relink
from listener.loading import check_all
from listener.mailroom.forwarding import Forwarding
from listener.model import Alert, Receiver, Recipient, Severity
from listener.nlp.analyse import Analyser
from listener.nlp.local_model import LocalModel
from listener.nlp.segment import Segmenter
from listener.replies import Reply, load_replies, marked, reply_for, suited
from listener.spiders import hosts
from listener.steps import Steps
from listener.store import backfills, captures, link_index, outbox, vault, views
from listener.store import evidence as evidence_store
from listener.store.sent import SentLog, StoredParts
from listener.store.tickets import StoredTicketBook
from listener.store.vault import Vault
from listener.text.labels import label
from listener.topics import Topics
from listener.web.links import Links

SUMMARY_WAITS = "backlog_summary_waits"
"""The fact that cases of a backfill are not told of yet."""


class Listener(Gathering, HandingOut, Forwarding, Weightwork, Crm):
    """One installation."""

    checks = CHECKS

    def reload(self) -> None:
        """Read the configuration again; on ``BadInput`` the old one stays in force."""
        fresh = check_all(self.settings.config_dir, self.checks, environment=self._environment)
        for name in (
            "steps",
            "topics",
            "trades",
            "_topic_names",
            "taxonomy",
            "analyser",
            "notifiers",
            "links",
            "calendar",
            "team_calendars",
            "replies",
        ):
            self.__dict__.pop(name, None)
        self.settings = fresh

    def _made_ready(self, session: Session, opened: Vault) -> None:
        """The index of linking."""
        link_index.ensure(session, opened)

    def create_keys(self) -> None:
        """Make the key file; ``BadInput`` where one is there."""
        made = Vault.create(self.settings.key_file)
        with self.database.write() as session:
            vault.check_key(session, made)

    def rotate_keys(self) -> int:
        """Put a new key in front and encrypt every value with it; how many."""
        fresh = self.vault.rotated(self.settings.key_file)
        with self.database.write() as session:
            return vault.encrypt_anew(session, fresh)

    def renew_index(self) -> None:
        """Renew the secret of the keyed hashes; every customer's identifiers are hashed anew."""
        fresh = self.vault.renewed(self.settings.key_file)
        with self.database.write() as session:
            vault.check_key(session, fresh)
            link_index.ensure(session, fresh)

    @cached_property
    def topics(self) -> Topics:
        return Topics(self.settings.topics)

    @cached_property
    def analyser(self) -> Analyser:
        how = self.settings.installation.nlp
        self._analyser_uses = self.model_in_use()
        dealers = [(dealer.name, dealer.aliases) for dealer in self.settings.dealers]
        return Analyser(
            Segmenter(engine=how.segmenter),
            self.sentiment_model(),
            order_patterns=how.order_patterns,
            products=[(product, ()) for product in how.products],
            dealers=dealers,
            words=dictionary(self.settings),
            taxonomy=self.taxonomy,
            local=LocalModel(self.settings.home / how.local_model) if how.local_model else None,
        )

    @cached_property
    def steps(self) -> Steps:
        settings = self.settings
        return Steps(
            analyser=self.analyser,
            topics=self.topics,
            digest=self.vault.digest,
            calendar=self.calendar,
            deadlines=settings.sla,
            directory=self.directory(),
            routes=settings.routes,
            priors={source.name: source.prior for source in settings.sources},
            fresh_for=settings.installation.fresh_for,
            company_accounts=frozenset(settings.installation.company_accounts),
            segments=settings.installation.segments,
            teams=self.team_calendars,
            second=self._second_look(),
            words=self._vocabulary(),
            trades=self.trades,
        )

    def _vocabulary(self) -> Vocabulary:
        _ = self.vault  # the index, and with it the words, is up to date then
        with self.database.read() as session:
            return link_index.vocabulary(session)

    def _second_look(self) -> SecondLook | None:
        how = self.settings.installation.nlp.judge
        if not how.url:
            return None
        judge = EndpointJudge(how, self.settings.secret(how.secret))
        return SecondLook(self.database, judge, how.tokens_per_month, self._local_now)

    def _local_now(self) -> datetime:
        return self.now().astimezone(self.settings.zone)

    @cached_property
    def replies(self) -> list[Reply]:
        """What may be answered, by problem."""
        return load_replies(self.settings.config_dir / REPLIES)[0]

    def suggested(self, problem: str, lang: str) -> list[tuple[str, str]]:
        """What may be answered to a problem, in public and in private, promises that need approval marked."""
        reply = suited(reply_for(problem, self.replies), lang)
        with speaking(lang):
            texts = ((say("公开答复", "Answer in public"), reply.public), (say("私信", "In private"), reply.private))
            return [(name, marked(text, reply)) for name, text in texts if text]

    @cached_property
    def notifiers(self) -> dict[str, Notifier]:
        return notifiers_for(
            self.settings,
            StoredTicketBook(lambda: self.database, self.now),
            SentLog(lambda: self.database, self.now),
            StoredParts(lambda: self.database),
        )

    @cached_property
    def links(self) -> Links:
        """The signed links to case pages; the key file is their secret."""
        return Links(self.settings.installation.public_url, self.vault.digest("web", "links"))

    # working

    def process(
        self,
        *,
        stop: Callable[[], bool] = NoStop,
        progress: Callable[[pipeline.Counts], None] = lambda counts: None,
    ) -> pipeline.Counts:
        """Work through all captures that wait; one summary tells of the cases that no alert told of."""
        self.take_up_model()
        self.take_up_words()
        counts = pipeline.process(self.database, self.steps, self.now, stop=stop, progress=progress)
        relink(self.database, self.steps, self.now, stop)
        self.redeem_said_codes()
        if not stop():
            self._tell_of_backlog(fresh=bool(counts.cases))
            self.answer_arrivals()
        return counts

    def weighing_steps(self) -> Steps:
        """The steps with the words and weights in force."""
        self.take_up_words()
        return self.steps

    def take_up_words(self) -> None:
        """Take up the products, dealers and places of customers that were imported since."""
        if "steps" in self.__dict__:
            self.__dict__["steps"] = replace(self.steps, words=self._vocabulary())

    def _tell_of_backlog(self, *, fresh: bool) -> None:
        """One summary of old cases; while a backfill brings more and more of them it waits for its end."""
        with self.database.read() as session:
            waits, running = views.fact(session, SUMMARY_WAITS), backfills.running(session, self.now())
        if not (fresh or (waits and not running)):
            return
        with self.database.write() as session:
            views.set_fact(session, SUMMARY_WAITS, "1" if running else "")
            if running:
                return
            found = outbox.backlog(session)
            if found is not None:
                alert = rules.backlog_summary(*found)
                outbox.add_alerts(session, [(alert, None, None, self.recipients(alert))], self.now())

    def deliver(
        self, *, stop: Callable[[], bool] = NoStop, clock: Callable[[], datetime] | None = None
    ) -> delivery.DeliveryCounts:
        """Send what is due."""
        return delivery.deliver(
            self.database, self.notifiers, self.desk(), clock or self.now, self.vault.decrypt, stop=stop
        )

    def desk(self) -> Desk:
        """How this installation's messages look and how fast they go."""
        how = self.settings.installation
        return Desk(
            company=how.company,
            zone=self.settings.zone,
            case_link=self.links.case,
            action_link=self._action_link,
            reply_for=lambda problem: reply_for(problem, self.replies),
            contact=how.contact,
            sla=self.settings.sla,
            problem_name=self.taxonomy.name_of,
            invitation=self.invitation_of,
            source_title=self.settings.source_title,
            templates=self.settings.config_dir / "templates",
            per_hour=singles(how.mail.per_receiver_per_hour),
            per_minute=how.mail.per_minute,
            segments=how.segments,
            pace=Pace(
                group_wait=how.alerts.group_wait,
                group_interval=how.alerts.group_interval,
                per_domain=how.mail.per_domain_per_minute,
            ),
            repeat_interval=how.alerts.repeat_interval,
            operators=self._other_way,
        )

    def _other_way(self, alert: Alert, beside: Receiver) -> tuple[Recipient, ...]:
        local = self.now().astimezone(self.settings.zone)
        return routing.other_way(alert, beside, self.settings.routes, self.directory(), local)

    def _action_link(self, number: int, person: str, action: str) -> str:
        how = self.settings.installation
        known = next((each for each in self.settings.people if each.name == person), None)
        if known is None:
            return ""
        mailbox = (how.imap.user or how.mail.sender) if how.imap.host else ""
        return self.links.action(number, person, action, label(action, known.language), mailbox)

    def follow_tickets(self, *, stop: Callable[[], bool] = NoStop) -> Followed:
        """Ask the ticket systems what became of the tickets of open cases."""
        return follow(self.database, self.handling_desk(), ticket_systems(self.settings), self.now, stop)

    def gather_digests(self) -> int:
        """Put what waits for a digest into one delivery for each receiver; how many deliveries."""
        with self.database.write() as session:
            return outbox.digest_due(session, self.now())

    def backlog(self) -> tuple[int, int]:
        """Captures that wait, and captures set aside."""
        with self.database.read() as session:
            return captures.backlog(session)

    def retry_set_aside(self) -> int:
        """Take up again what was set aside."""
        with self.database.write() as session:
            return captures.retry_set_aside(session)

    def housekeeping(self) -> None:
        """The nightly look: what is beyond its time goes, authors' standings are made anew, the database refreshes what
        it knows of its tables."""
        self.warn_of_holidays()
        self.keep_times()
        with self.database.write() as session:
            evidence_store.prune(session, self.now() - self.settings.installation.evidence.keep_payloads)
        hosts.forget_old(hosts_folder(self.settings), clock.time())
        self._forget_pushes()
        community.refresh(self.database, self.now())
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA optimize" if self.database.is_sqlite else "ANALYZE")
            connection.commit()
        self._copy_nightly()

    def _copy_nightly(self) -> None:
        """Make the night's copy where ``[backup]`` asks for some; where none can be made the operator is told."""
        how, now = self.settings.installation.backup, self.now().astimezone(self.settings.zone)
        if not how.keep:
            return
        try:
            nightly(self.database, self.settings.backups, how.keep, now)
        except NeedsOperator as error:
            self.tell_operators(f"backup:{now:%Y-%m-%d}", str(error), Severity.S2, "backup")
