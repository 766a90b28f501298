"""The tickets of cases in other systems."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.base import JsonOption, err, invocation, show
from listener.cli.look import alerts
from listener.language import say


def register(app: typer.Typer) -> None:
    """The command belongs to the group ``alerts``, which ``look`` adds."""


@alerts.command("tickets")
def outside_tickets(
    context: typer.Context,
    ask: Annotated[bool, typer.Option("--ask", help="先向外部系统询问状态 ask the systems first")] = False,
    as_json: JsonOption = False,
) -> None:
    """外部工单（Zammad、Chatwoot、Frappe）及其状态。 The cases' tickets in other systems, with their states."""
    listener = invocation(context).listener
    if ask:
        done = listener.follow_tickets()
        for name, trouble in done.trouble.items():
            err().print(f"{name}: {trouble}", markup=False, highlight=False)
    columns = {
        "notifier": say("系统", "system"),
        "ticket": say("编号", "ticket"),
        "state": say("状态", "state"),
        "case": say("工单", "case"),
        "case_state": say("工单状态", "case state"),
        "external": say("标识", "name there"),
        "changed_at": say("状态变化", "changed"),
        "asked_at": say("上次询问", "asked"),
    }
    show(as_json, "", columns, listener.ticket_rows())
