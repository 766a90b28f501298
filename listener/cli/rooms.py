"""Which module has which commands, so that only those of the command that is asked for are loaded.

What a module brings with it may take half of a short command's time. Help, and a name that nobody has, load all.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from typer.core import TyperGroup
from typer.main import get_group

if TYPE_CHECKING:
    from typer import Typer
    from typer._click.core import Command, Context

MODULES = {
    "setup": ("init", "check", "doctor", "db", "keys", "people"),
    "collect": ("crawl", "import", "sources"),
    "intake": ("intake",),
    "act": ("process", "deliver", "run", "demo"),
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


class Rooms(TyperGroup):
    """The commands of ``app``, each module of them loaded when one of its names is asked for."""

    app: Typer
    loaded: set[str] = set()

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
        self.commands = get_group(self.app).commands
