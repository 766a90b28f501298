"""What of the configuration only its users can check: platforms, topics, replies, taxonomy, kept mappings."""

from __future__ import annotations

from collections.abc import Collection

from listener.errors import BadInput, Mistake
from listener.intake.mappings import FOLDER as IMPORTS
from listener.intake.mappings import load_mappings
from listener.language import say
from listener.nlp import local_model
from listener.nlp.reading import read
from listener.nlp.sentiment import SentimentModel
from listener.nlp.taxonomy import TRADES, installed_taxonomy, trade_code
from listener.receiving import unknown_mappings
from listener.replies import load_replies
from listener.settings import Settings
from listener.spiders.registry import check_parameters
from listener.topics import check

REPLIES = "replies"
"""The folder below config/ that holds what may be answered."""


def _wrong_parameters(settings: Settings) -> list[Mistake]:
    return [
        mistake
        for source in settings.sources
        for mistake in check_parameters(source, str(settings.config_dir / "sources"))
    ]


def _wrong_topics(settings: Settings) -> list[Mistake]:
    return check(settings.topics)


def _wrong_replies(settings: Settings) -> list[Mistake]:
    return load_replies(settings.config_dir / REPLIES)[1]


def _wrong_taxonomy(settings: Settings) -> list[Mistake]:
    try:
        installed_taxonomy(settings.config_dir / "taxonomy")
    except BadInput as error:
        return list(error.mistakes)
    return []


def _wrong_trades(settings: Settings) -> list[Mistake]:
    """Topics whose trade no problem is of."""
    if not any(topic.trades for topic in settings.topics):
        return []
    try:
        known = {problem.trade for problem in installed_taxonomy(settings.config_dir / "taxonomy").problems}
    except BadInput:
        return []  # told already
    return [
        Mistake(
            "topics", say(f"没有行业 {trade}", f"no trade {trade}"), " | ".join(_named(known - {"core"})), topic.name
        )
        for topic in settings.topics
        for trade in map(trade_code, topic.trades)
        if trade not in known
    ]


def _named(trades: Collection[str]) -> list[str]:
    return [f"{trade} {TRADES[trade]}" if trade in TRADES else trade for trade in sorted(trades)]


def _wrong_models(settings: Settings) -> list[Mistake]:
    """A model of one's own that is not there: the daemon would start, and understand nothing."""
    how = settings.installation.nlp
    mistakes = list(local_model.flaws(settings.home / how.local_model)) if how.local_model else []
    if how.model:
        try:
            SentimentModel.load(settings.home / how.model)
        except BadInput as error:
            mistakes += error.mistakes
    return mistakes


def _wrong_imports(settings: Settings) -> list[Mistake]:
    known, wrong = load_mappings(settings.config_dir / IMPORTS)
    return [*wrong, *unknown_mappings(settings, known)]


CHECKS = (
    _wrong_parameters, _wrong_topics, _wrong_replies, _wrong_taxonomy, _wrong_trades, _wrong_models, _wrong_imports,
)  # fmt: skip


def dictionary(settings: Settings) -> list[str]:
    """The words that the segmenter keeps in one piece, as they look in a normalised text: topics' words and aliases,
    products, competitors, dealers. Read anew with the configuration, so that words that went are forgotten."""
    words = list(settings.installation.nlp.products)
    for topic in settings.topics:
        words += [*topic.any, *topic.must, *topic.products, *topic.competitors]
        words += [word for alias in topic.aliases.values() for word in alias]
    for dealer in settings.dealers:
        words += [dealer.name, *dealer.aliases]
    return sorted({read(word).text for word in words})
