"""Loading the configuration folder whole: every file is read, every mistake is kept, one ``BadInput`` tells all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, line_of, nearest, parse, validate
from listener.language import say
from listener.settings import (
    MAIL,
    NEAREST,
    NOTIFIER,
    ONCALL,
    WECOM_APP,
    Dealer,
    Dealers,
    Holidays,
    Installation,
    Notifiers,
    People,
    Routes,
    Settings,
    Sla,
    SourceSettings,
    TopicSettings,
)

Model = TypeVar("Model", bound=BaseModel)

WRITE_TIME = "2026-11-23T09:00:00+08:00"
"""How LISTENER_NOW is written."""

IMPORTED_DEALERS = "dealers.imported.toml"
"""What ``listener import dealers`` writes, beside people's own dealers.toml."""

KNOWN_FILES = (
    "listener.toml",
    "people.toml",
    "routes.toml",
    "sla.toml",
    "dealers.toml",
    IMPORTED_DEALERS,
    "notifiers.toml",
    "holidays.toml",
)


class Environment(BaseSettings):
    """What the environment says: ``LISTENER_DATABASE_URL``, ``LISTENER_NOW``, secrets and files that hold them."""

    model_config = SettingsConfigDict(env_prefix="LISTENER_", extra="ignore")

    database_url: str = ""
    now: datetime | None = None
    mail_password: SecretStr | None = None
    mail_password_file: Path | None = None
    imap_password: SecretStr | None = None
    imap_password_file: Path | None = None


@dataclass
class _Collector:
    """Gathers the mistakes of one load."""

    mistakes: list[Mistake] = field(default_factory=list)

    def attempt(self, model: type[Model], path: Path) -> Model | None:
        """The file as ``model``, or None with its mistakes kept."""
        try:
            table, text = parse(path)
            return validate(model, table, path, text)
        except BadInput as error:
            self.mistakes.extend(error.mistakes)
            return None

    def optional(self, model: type[Model], path: Path) -> Model | None:
        return self.attempt(model, path) if path.exists() else None


def load(config_dir: Path, *, environment: Environment | None = None) -> Settings:
    """All settings below ``config_dir``; ``BadInput`` with every mistake in every file."""
    if not config_dir.is_dir():
        raise BadInput(
            Mistake(
                str(config_dir),
                say("不是目录", "is not a folder")
                if config_dir.exists()
                else say("没有配置目录", "there is no such folder"),
                say("用 listener init 生成", "make one with: listener init"),
            )
        )
    environment = environment or read_environment()
    found = _Collector()
    installation = found.attempt(Installation, config_dir / "listener.toml")
    sources = _folder(found, SourceSettings, config_dir / "sources")
    topics = _folder(found, TopicSettings, config_dir / "topics")
    found.mistakes.extend(_unknown_files(config_dir))
    settings = _with_environment(found, _with_files(found, config_dir, installation, sources, topics), environment)
    found.mistakes.extend(_same_names(sources, topics))
    found.mistakes.extend(_receivers(settings))
    found.mistakes.extend(_strangers(settings) + _ways(settings))
    if installation is not None:
        found.mistakes.extend(_missing_secrets(settings))
    if found.mistakes:
        raise BadInput(found.mistakes[0], *found.mistakes[1:])
    return settings


def _with_files(
    found: _Collector,
    config_dir: Path,
    installation: Installation | None,
    sources: list[tuple[Path, SourceSettings]],
    topics: list[tuple[Path, TopicSettings]],
) -> Settings:
    """The settings that the files give; what could not be read is left at its default, its mistakes are kept."""
    return Settings(
        home=config_dir.resolve().parent,
        config_dir=config_dir,
        installation=installation or Installation(company="?"),
        sources=tuple(source for _, source in sources),
        topics=tuple(topic for _, topic in topics),
        people=(found.optional(People, config_dir / "people.toml") or People()).people,
        notifiers=(found.optional(Notifiers, config_dir / "notifiers.toml") or Notifiers()).notifiers,
        routes=found.optional(Routes, config_dir / "routes.toml"),
        sla=found.optional(Sla, config_dir / "sla.toml") or Sla(),
        holidays=found.optional(Holidays, config_dir / "holidays.toml") or Holidays(),
        dealers=_dealers(found, config_dir),
    )


def _dealers(found: _Collector, config_dir: Path) -> tuple[Dealer, ...]:
    """The dealers of both files; what a person wrote in dealers.toml wins over what was imported."""
    own, imported = (
        (found.optional(Dealers, config_dir / name) or Dealers()).dealers for name in ("dealers.toml", IMPORTED_DEALERS)
    )
    names = {dealer.name for dealer in own}
    return (*own, *(dealer for dealer in imported if dealer.name not in names))


def _with_environment(found: _Collector, settings: Settings, given: Environment) -> Settings:
    """The settings with what the environment says: database, clock, secrets."""
    return replace(
        settings,
        database_url=given.database_url or f"sqlite:///{settings.home / 'var' / 'listener.db'}",
        mail_password=_secret(found, "MAIL_PASSWORD", given.mail_password, given.mail_password_file),
        imap_password=_secret(found, "IMAP_PASSWORD", given.imap_password, given.imap_password_file),
        secrets=_named_secrets(found, _secret_names(settings)),
        fixed_now=_aware(found, given.now),
    )


def _secret_names(settings: Settings) -> list[str]:
    robots = [name for one in settings.notifiers for name in (one.address, one.secret)]
    views = [view.secret for view in settings.installation.crm.values()]
    return [*(source.secret for source in settings.sources), *robots, *views, settings.installation.nlp.judge.secret]


def _named_secrets(found: _Collector, names: Iterable[str]) -> dict[str, SecretStr]:
    """``LISTENER_SECRET_NAME``, or the file that ``LISTENER_SECRET_NAME_FILE`` names, for each name that is used."""
    secrets = {}
    for name in sorted({name for name in names if name}):
        key = f"SECRET_{name}"
        value, file = os.environ.get(f"LISTENER_{key}", ""), os.environ.get(f"LISTENER_{key}_FILE", "")
        secret = _secret(found, key, SecretStr(value) if value else None, Path(file) if file else None)
        if secret is None and not file:
            what = say("没有设置，但配置中用到了它", "is not set, but the configuration names it")
            found.mistakes.append(Mistake("environment", what, f"export LISTENER_{key}=…", f"LISTENER_{key}"))
        secrets[name] = secret or SecretStr("")
    return secrets


def read_environment() -> Environment:
    """The process environment; ``BadInput`` where a value cannot be read (a bad ``LISTENER_NOW``)."""
    try:
        return Environment()
    except ValueError as error:
        first: list[dict[str, tuple[str, ...]]] = getattr(error, "errors", list)()
        name = "LISTENER_" + str(first[0]["loc"][0]).upper().removeprefix("LISTENER_") if first else "LISTENER_*"
        mend = WRITE_TIME if name == "LISTENER_NOW" else say("请修正或取消设置", "mend or unset it")
        raise BadInput(Mistake("environment", say("无法识别", "cannot be read"), mend, name)) from None


def _aware(found: _Collector, now: datetime | None) -> datetime | None:
    if now is not None and now.tzinfo is None:
        what = say("没有时区偏移", "has no offset")
        found.mistakes.append(Mistake("environment", what, WRITE_TIME, "LISTENER_NOW"))
    return now


def _folder(found: _Collector, model: type[Model], folder: Path) -> list[tuple[Path, Model]]:
    read = [(path, found.attempt(model, path)) for path in sorted(folder.glob("*.toml"))]
    return [(path, value) for path, value in read if value is not None]


def _unknown_files(config_dir: Path) -> list[Mistake]:
    """A file that nobody reads is an edit that silently does nothing: it is a mistake."""
    strangers = [path for path in sorted(config_dir.glob("*.toml")) if path.name not in KNOWN_FILES]
    return [
        Mistake(
            str(path),
            say("没有程序读取此文件", "is read by nobody"),
            did_you_mean(nearest(path.name, KNOWN_FILES) or "sources/"),
        )
        for path in strangers
    ]


def _secret(found: _Collector, name: str, value: SecretStr | None, file: Path | None) -> SecretStr | None:
    if value is not None or file is None:
        return value
    try:
        return SecretStr(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        key = f"LISTENER_{name}_FILE"
        found.mistakes.append(
            Mistake("environment", say(f"所指的 {file} 无法读取", f"names {file}, which cannot be read"), "", key)
        )
        return None


def _same_names(sources: list[tuple[Path, SourceSettings]], topics: list[tuple[Path, TopicSettings]]) -> list[Mistake]:
    return _repeated([(path, source.name) for path, source in sources]) + _repeated(
        [(path, topic.name) for path, topic in topics]
    )


def _repeated(named: list[tuple[Path, str]]) -> list[Mistake]:
    seen: dict[str, Path] = {}
    mistakes = []
    for path, name in named:
        if name in seen:
            line = line_of(path.read_text(encoding="utf-8"), ("name",))
            what = say(f"{name} 与 {seen[name].name} 重名", f"{name} is also the name in {seen[name].name}")
            mistakes.append(Mistake(str(path), what, say("请改名", "give each its own name"), "name", line))
        seen.setdefault(name, path)
    return mistakes


def _receivers(settings: Settings) -> list[Mistake]:
    """Every receiver named in routes.toml must be a person or a team that has one."""
    if settings.routes is None:
        return []
    path = settings.config_dir / "routes.toml"
    known = {person.name for person in settings.people}
    known |= {f"team:{person.team}" for person in settings.people if person.team}
    known |= {one.receiver for one in settings.notifiers if one.kind != WECOM_APP}
    known |= {f"{ONCALL}{one.name}" for one in settings.routes.oncall}
    if any(dealer.contact for dealer in settings.dealers):
        known.add(NEAREST)
    named = [("default", settings.routes.default), ("operators", settings.routes.operators)]
    named += [(f"oncall.{one.name}", one.people) for one in settings.routes.oncall]
    named += [(f"routes.{index}.to", route.to) for index, route in enumerate(settings.routes.routes)]
    return [
        Mistake(str(path), _stranger(name), _who(name, known), key)
        for key, names in named
        for name in names
        if name not in known
    ]


def _strangers(settings: Settings) -> list[Mistake]:
    """Deputies, leads and dealers' contacts must be people too, and teams with their own hours must have people."""
    names = {person.name for person in settings.people}
    deputies = [("people.toml", "deputy", person.deputy) for person in settings.people]
    deputies += [("people.toml", "lead", person.lead) for person in settings.people]
    contacts = [("dealers.toml", "contact", dealer.contact) for dealer in settings.dealers]
    teams = {person.team for person in settings.people if person.team}
    hours = [team.name for team in settings.sla.teams if team.name not in teams]
    return [
        Mistake(str(settings.config_dir / file), _stranger(name), _who(name, names), key)
        for file, key, name in (*deputies, *contacts)
        if name and name not in names
    ] + [Mistake(str(settings.config_dir / "sla.toml"), _stranger(name), _who(name, teams), "teams") for name in hours]


def _ways(settings: Settings) -> list[Mistake]:
    """The ways in which people are told must be there, and who is told in WeCom must have an account."""
    path = str(settings.config_dir / "people.toml")
    known = [MAIL, *(one.name for one in settings.notifiers if one.kind == WECOM_APP)]
    found = []
    for person in settings.people:
        strange = [way for way in person.by if way not in known]
        if strange:
            near = nearest(strange[0], known)
            what = say(
                f"{person.name}：不能用「{strange[0]}」通知", f"{person.name}: {strange[0]} is no way to tell people"
            )
            mend = did_you_mean(near) if near else say("可以是：", "may be: ") + "、".join(known)
            found.append(Mistake(path, what, mend, "by"))
        elif person.by != (MAIL,) and not person.wecom:
            what = say(f"{person.name} 没有企业微信账号", f"{person.name} has no account in WeCom")
            found.append(Mistake(path, what, 'wecom = "…"', "wecom"))
    return found


def _stranger(name: str) -> str:
    if name == NEAREST:
        what = "用了 nearest，但 dealers.toml 中没有一个网点写了 contact"
        return say(what, "nearest is used, but no dealer in dealers.toml has a contact")
    if name.startswith(NOTIFIER):
        return say(f"notifiers.toml 中没有 {name}", f"{name} is not in notifiers.toml")
    return say(f"people.toml 中没有 {name}", f"{name} is nobody in people.toml")


def _who(name: str, known: set[str]) -> str:
    near = nearest(name, known)
    return did_you_mean(near) if near else say("请加入 people.toml", "add them to people.toml")


def _missing_secrets(settings: Settings) -> list[Mistake]:
    file = str(settings.config_dir / "listener.toml")
    needs: list[tuple[str, str, SecretStr | None]] = [
        ("mail", settings.installation.mail.user, settings.mail_password),
        ("imap", settings.installation.imap.user, settings.imap_password),
    ]
    return [
        Mistake(
            file,
            say("有用户名但没有密码", "has a user but no password"),
            say("请设置环境变量", "set") + f" LISTENER_{name.upper()}_PASSWORD",
            f"{name}.user",
        )
        for name, user, secret in needs
        if user and secret is None
    ]


CrossCheck = Callable[[Settings], list[Mistake]]
"""A check that needs more than the files (a spider's own keys); ``listener check`` runs them all."""


def check_all(config_dir: Path, checks: tuple[CrossCheck, ...], *, environment: Environment | None = None) -> Settings:
    """``load``, then each cross check; one ``BadInput`` with all that the checks found."""
    settings = load(config_dir, environment=environment)
    mistakes = [mistake for check in checks for mistake in check(settings)]
    if mistakes:
        raise BadInput(mistakes[0], *mistakes[1:])
    return settings
