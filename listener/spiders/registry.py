"""Which platforms there are: every module of this folder that defines one."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError

from listener import spiders
from listener.errors import Mistake
from listener.files.toml_files import did_you_mean, line_of, nearest
from listener.language import say
from listener.settings import SourceSettings
from listener.spiders.arriving import ARRIVING, WEBHOOK
from listener.spiders.base import Platform

NOT_PLATFORMS = frozenset(
    {"arriving", "base", "child", "decode", "evidence", "failures", "fetcher", "guard", "hosts", "http", "left"}
    | {"outcomes", "pace", "page_parameters", "pages", "payload", "protocol", "registry", "robots", "rules"}
    | {"selecting", "sitemaps", "streams", "takings"}
)
"""Modules of this folder that are no platform; they are not imported, since Scrapy takes long to load."""


@cache
def platforms() -> Mapping[str, type[Platform]]:
    """Every platform by the name that a source's TOML uses."""
    found: dict[str, type[Platform]] = {}
    for module in pkgutil.iter_modules(spiders.__path__):
        if module.name in NOT_PLATFORMS:
            continue
        for value in vars(importlib.import_module(f"{spiders.__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Platform) and value.NAME:
                found[value.NAME] = value
    return found


def platform_named(name: str) -> type[Platform] | None:
    """The platform of that name, None for an unknown one. Most modules are named as their platform is: then only that
    one is imported."""
    if name.isidentifier() and name not in NOT_PLATFORMS and find_spec(f"{spiders.__name__}.{name}"):
        own = vars(importlib.import_module(f"{spiders.__name__}.{name}")).values()
        for value in own:
            if isinstance(value, type) and issubclass(value, Platform) and name == value.NAME:
                return value
    return platforms().get(name)


def is_experimental(name: str) -> bool:
    """True for a platform whose real pages nobody here has seen; False for an unknown one."""
    platform = platform_named(name)
    return platform is not None and platform.EXPERIMENTAL


def is_small(name: str) -> bool:
    """True for a platform whose crawls are small and may share a child; False for an unknown one."""
    platform = platform_named(name)
    return platform is not None and platform.SMALL


def reopens(name: str) -> bool:
    """True for a platform that can open a known thread again; False for an unknown one."""
    platform = platform_named(name)
    return platform is not None and platform.reopen is not Platform.reopen


def check_parameters(source: SourceSettings, folder: str = "sources") -> list[Mistake]:
    """Mistakes in the keys that belong to the source's platform, each with the file and line where it stands."""
    file, text = _written(Path(folder), source.name)
    found = _wrong(source, str(file))
    return [replace(mistake, line=line_of(text, mistake.key.split("."))) for mistake in found]


def _written(folder: Path, name: str) -> tuple[Path, str]:
    """The file that holds the source of that name, with its text; a guess and "" where there is none."""
    for path in sorted(folder.glob("*.toml")):
        with suppress(OSError, ValueError):
            text = path.read_text(encoding="utf-8-sig")
            if tomllib.loads(text).get("name") == name:
                return path, text
    return folder / f"{name}.toml", ""


def names() -> frozenset[str]:
    """Every name that ``platform`` may have in a source's TOML."""
    return frozenset(platforms()) | frozenset(ARRIVING)


def _wrong(source: SourceSettings, where: str) -> list[Mistake]:
    if source.platform in ARRIVING:
        return _wrong_arriving(source, where)
    platform = platform_named(source.platform)
    if platform is None:
        near = nearest(source.platform, names())
        mend = did_you_mean(near) if near else ", ".join(sorted(names()))
        what = say(f"没有平台 {source.platform}", f"no platform {source.platform}")
        return [Mistake(where, what, mend, "platform")]
    if source.url and source.url.partition(":")[0] not in platform.SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in sorted(platform.SCHEMES))
        return [Mistake(where, say("此平台不能用这种地址", "no address for this platform"), known, "url")]
    if not source.url:
        return [Mistake(where, say("缺少此键", "is missing"), 'url = "https://…"', "url")]
    return _wrong_keys(platform.Parameters, source, where)


def _wrong_arriving(source: SourceSettings, where: str) -> list[Mistake]:
    """Mistakes of a source that nothing is fetched for."""
    if source.platform == WEBHOOK and not source.secret:
        mend = 'secret = "NAME" → LISTENER_SECRET_NAME=whsec_…'
        return [Mistake(where, say("缺少签名密钥", "has no signing secret"), mend, "secret")]
    if source.url:
        return [Mistake(where, say("此平台没有地址", "this platform has no address"), "", "url")]
    return _wrong_keys(ARRIVING[source.platform], source, where)


def _wrong_keys(model: type[BaseModel], source: SourceSettings, where: str) -> list[Mistake]:
    try:
        model.model_validate(source.options)
    except ValidationError as error:
        return [_mistake(where, model, dict(found)) for found in error.errors()]
    return []


def _mistake(where: str, model: type[BaseModel], found: dict[str, object]) -> Mistake:
    loc = found["loc"]
    key = ".".join(str(part) for part in loc) if isinstance(loc, tuple) else ""
    if found["type"] == "extra_forbidden":
        known = _keys_beside(model, key.split(".")[:-1])
        near = nearest(key.rpartition(".")[2], known)
        return Mistake(where, say("未知的键", "unknown key"), did_you_mean(near) if near else ", ".join(known), key)
    if found["type"] == "missing":
        return Mistake(where, say("缺少此键", "is missing"), f"{key} = …", key)
    return Mistake(where, str(found["msg"]).removeprefix("Value error, "), "", key)


def _keys_beside(model: type[BaseModel], tables: list[str]) -> list[str]:
    """The keys that may stand in the table that ``tables`` leads to; at the top those of every source, too."""
    for name in tables:
        field = model.model_fields.get(name)
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not inner:
            return []
        model = inner[0]
    return [*model.model_fields, *(() if tables else SourceSettings.model_fields)]
