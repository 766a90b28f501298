"""Commands about the weights of linking: what rulings teach of them, the versions, going back."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.base import JsonOption, PersonOption, invocation, print_line, show, show_json
from listener.cli.helping import Group
from listener.language import say

weights = Group()

DryOption = Annotated[bool, typer.Option("--dry-run", help="只看结果，不启用 show and change nothing")]

WithOption = Annotated[
    str, typer.Option("--with", help="另一种估计：splink（可选组件） another estimate: splink (an optional extra)")
]


@weights.command("learn")
def links_learn(
    context: typer.Context,
    dry_run: DryOption = False,
    using: WithOption = "",
    as_json: JsonOption = False,
    as_person: PersonOption = "",
) -> None:
    """从人工确认与否定中估计证据权重。 Estimate the weights of evidence from what people confirmed and rejected."""
    found = invocation(context)
    person = found.listener.acting(as_person).name if as_person or not dry_run else ""
    facts = found.listener.learn_weights(person, found.lang, dry_run=dry_run, using=using)
    if as_json:
        show_json(facts)
        return
    columns = {
        "word": say("证据", "evidence"), "confirmed": say("确认", "confirmed"), "rejected": say("否定", "rejected"),
        "before": say("原权重（比特）", "bits before"), "after": say("新权重", "after"),
    }  # fmt: skip
    if using:
        columns |= {"after": say("新权重（Splink）", "after (Splink)"), "own": say("自有估计", "own estimate")}
    show(False, "", columns, facts["weights"])
    print_line(facts["told"])


@weights.command("weights")
def links_weights(context: typer.Context, as_json: JsonOption = False) -> None:
    """权重的各个版本。 The versions of learnt weights; the newest that was not withdrawn is in force."""
    found = invocation(context)
    columns = {
        "version": say("版本", "version"), "made_at": say("时间", "at"), "made_by": say("谁", "who"),
        "rulings": say("判断", "rulings"), "shifts": say("变化（比特）", "shifts in bits"),
        "state": say("状态", "state"),
    }  # fmt: skip
    show(as_json, say("学得的权重", "learnt weights"), columns, found.listener.weight_versions())


@weights.command("rollback")
def links_rollback(context: typer.Context, as_person: PersonOption = "") -> None:
    """撤回当前权重，恢复上一版本。 Take the weights in force back; those before them hold again."""
    listener = invocation(context).listener
    print_line(listener.withdraw_weights(listener.acting(as_person).name))
