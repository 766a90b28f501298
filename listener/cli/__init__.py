"""The command line. Each module here holds the commands of one kind; this one puts them together.

Users, scripts and tests rely on the commands, their exit codes and their ``--json``.
"""

from __future__ import annotations

from listener.cli import (
    act,
    casework,
    collect,
    community,
    customers,
    export,
    intake,
    links,
    look,
    setup,
    teach,
    tickets,
)
from listener.cli.base import app

__all__ = ["app"]

for module in (setup, collect, intake, act, look, customers, links, casework, tickets, teach, community, export):
    module.register(app)
