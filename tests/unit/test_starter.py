"""What ``listener init`` writes loads, whatever was answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from listener.errors import BadInput
from listener.loading import Environment, load
from listener.spiders.registry import names
from listener.starter import PROVIDERS, Answers, write

SECRET = Environment(mail_password=SecretStr("授权码"))


def test_the_least_answers_make_a_configuration_that_loads(tmp_path: Path) -> None:
    write(tmp_path, Answers(company="晨曜汽车"))
    loaded = load(tmp_path / "config")
    assert loaded.installation.company == "晨曜汽车"
    assert loaded.installation.mail.host == "127.0.0.1"
    assert [topic.any for topic in loaded.topics] == [("晨曜汽车",)]
    assert [source.enabled for source in loaded.sources] == [False]


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_makes_a_configuration_that_loads(tmp_path: Path, provider: str) -> None:
    answers = Answers(
        company="晨曜汽车",
        brands=("晨曜",),
        products=("晨曜 S7",),
        competitors=("别家",),
        receiver="张敏",
        receiver_mail="zhang@example.com",
        provider=provider,
        mail_user="robot@example.com",
        feed="https://example.com/feed",
    )
    write(tmp_path, answers)
    loaded = load(tmp_path / "config", environment=SECRET)
    assert loaded.installation.mail.host == (PROVIDERS[provider].smtp_host or "127.0.0.1")
    assert loaded.topics[0].any == ("晨曜", "晨曜 S7")
    assert loaded.people[0].name == "张敏"
    assert loaded.sources[0].enabled


def test_an_example_of_every_platform_is_written_and_loads_once_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WEIBO", "CRM_PUSH"):  # the examples that are nothing without a cookie or a key
        monkeypatch.setenv(f"LISTENER_SECRET_{name}", "x")
    write(tmp_path, Answers(company="甲"))
    folder = tmp_path / "config" / "sources"
    examples = sorted(folder.glob("*.toml.example"))
    assert {path.name.split(".")[0] for path in examples} >= {"discourse", "github", "steam", "page"}
    for path in examples:
        path.rename(path.with_suffix(""))
    loaded = load(tmp_path / "config")
    assert {source.platform for source in loaded.sources} == names()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write(tmp_path, Answers(company="甲"))
    with pytest.raises(BadInput, match="不会覆盖"):
        write(tmp_path, Answers(company="乙"))
    assert "甲" in (tmp_path / "config" / "listener.toml").read_text(encoding="utf-8")


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60, deadline=None
)
@given(company=WORDS, word=WORDS)
def test_any_name_is_quoted_well(tmp_path_factory: pytest.TempPathFactory, company: str, word: str) -> None:
    folder = tmp_path_factory.mktemp("init")
    write(folder, Answers(company=company, brands=(word,), products=(word,)))
    loaded = load(folder / "config")
    assert (loaded.installation.company, loaded.topics[0].any) == (company, (word,))
