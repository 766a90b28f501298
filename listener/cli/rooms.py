"""Which module has which commands, so that only those of the command that is asked for are loaded.

What a module brings with it may take half of a short command's time. Help, and a name that nobody has, load all.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.main import get_group

from listener.cli.helping import HelpfulGroup
from listener.cli.mistakes import asked_language, worded
from listener.language import LANGUAGES, choose

if TYPE_CHECKING:
    from typer import Typer
    from typer._click.core import Command, Context

MODULES = {
    "setup": ("init", "check", "doctor", "db", "keys", "people"),
    "keeping": ("db",),
    "collect": ("crawl", "import", "sources"),
    "intake": ("intake",),
    "act": ("process", "deliver", "run", "work", "demo"),
    "look": ("status", "analyse", "cases", "alerts", "topics"),
    "customers": ("customers",),
    "links": ("links",),
    "casework": ("cases",),
    "alerting": ("alerts",),
    "tickets": ("alerts",),
    "teach": ("correct", "replay", "corrections", "nlp"),
    "community": ("influence",),
    "export": ("report", "export"),
}
"""The commands that each module has, or adds to; in this order they are registered, and help shows them."""


class Rooms(HelpfulGroup):
    """The commands of ``app``, each module of them loaded when one of its names is asked for."""

    app: Typer
    loaded: set[str] = set()

    def make_context(self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any) -> Any:
        """As any group; what is wrong with the options before the command is one line of ours."""
        choose(asked_language(args))  # ``--help`` is answered before the other options are looked at
        try:
            return super().make_context(info_name, args, parent, **extra)
        except UsageError as error:
            raise _ours(error, info_name or "listener") from None

    def invoke(self, ctx: Context) -> Any:
        """As any group; what is wrong with a command is one line of ours."""
        lang = ctx.params.get("lang")
        choose(lang if lang in LANGUAGES else "zh")  # a name that nobody has is found out before ``options`` runs
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise _ours(error, ctx.command_path) from None

    def list_commands(self, ctx: Context) -> list[str]:
        """All names, in the order of ``MODULES``."""
        self._load(MODULES)
        return list(dict.fromkeys(name for names in MODULES.values() for name in names))

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The command of a name; None where there is none, and all are known then, to suggest one of them."""
        self._load([module for module, names in MODULES.items() if cmd_name in names] or MODULES)
        return self.commands.get(cmd_name)

    def _load(self, modules: Iterable[str]) -> None:
        fresh = [module for module in modules if module not in self.loaded]
        self.loaded.update(fresh)
        for module in fresh:
            import_module(f"listener.cli.{module}").register(self.app)
        if fresh:
            self.commands = get_group(self.app).commands


def _ours(error: UsageError, command: str) -> Exception:
    return error if isinstance(error, NoArgsIsHelpError) else worded(error, command)
