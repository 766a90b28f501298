"""Commands that set Listener up and find out what ails it: init, check, doctor, db, keys, people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import SecretStr

from listener import people_file
from listener.cli.base import JsonOption, ask_person, err, invocation, out, print_line, show
from listener.cli.helping import group
from listener.cli.preview import preview, send_test_mail
from listener.errors import BadInput, ListenerError, Mistake, NeedsOperator
from listener.language import say
from listener.loading import Environment, read_environment
from listener.nlp.taxonomy import TRADES, trade_code
from listener.starter import PROVIDERS, Answers, write
from listener.text.labels import label

if TYPE_CHECKING:
    from listener.bootstrap import Listener

db = group("数据库 the database")
keys = group("个人信息的密钥 the key file of personal values")
people = group("人员 people and their roles")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(init)
    app.command()(check)
    app.command()(doctor)
    app.add_typer(db, name="db")
    app.add_typer(keys, name="keys")
    app.add_typer(people, name="people")


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="在此目录下写入 config/ where config/ is written")] = Path(),
    company: Annotated[str, typer.Option(help="公司名称 the company")] = "",
    brands: Annotated[str, typer.Option(help="品牌，逗号分隔 brands, comma separated")] = "",
    products: Annotated[str, typer.Option(help="产品或门店，逗号分隔 products or stores")] = "",
    competitors: Annotated[str, typer.Option(help="竞争对手，逗号分隔 competitors")] = "",
    trades: Annotated[str, typer.Option(help="行业，逗号分隔 trades: car,shop,food,telecom,bank,hotel,public")] = "",
    receiver: Annotated[str, typer.Option(help="接收人姓名 who receives alerts")] = "",
    receiver_mail: Annotated[str, typer.Option(help="接收人邮箱 their mail address")] = "",
    provider: Annotated[str, typer.Option(help="邮箱服务商 " + " | ".join(PROVIDERS))] = "",
    mail_user: Annotated[str, typer.Option(help="发件邮箱 the mailbox that sends")] = "",
    feed: Annotated[str, typer.Option(help="一个 RSS 地址 the address of one feed")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不提问，只用给出的选项 ask nothing")] = False,
) -> None:
    """写入带注释的初始配置，发送测试邮件，预览一个来源。 Write a commented starter configuration."""
    given = {"company": company, "receiver": receiver, "receiver_mail": receiver_mail, "mail_user": mail_user}
    lists = {"brands": brands, "products": products, "competitors": competitors, "trades": trades}
    answers = _answers(given, lists, provider, feed, ask=not yes)
    for path in write(folder, answers):
        out().print(say(f"已写入 {path}", f"wrote {path}"))
    if yes:
        return
    password = _ask_password(folder, answers)
    from listener.bootstrap import Listener  # half of a short command's time

    listener = Listener.from_folder(folder / "config", environment=Environment(mail_password=SecretStr(password)))
    if password:
        _try_mail(listener, answers)
    if answers.feed:
        preview(listener, "news")
    out().print(say("下一步：listener check，然后 listener run", "next: listener check, then listener run"))


def _answers(given: dict[str, str], lists: dict[str, str], provider: str, feed: str, *, ask: bool) -> Answers:
    questions = {
        "company": say("公司名称", "Company"),
        "brands": say("品牌（逗号分隔）", "Brands (comma separated)"),
        "products": say("产品或门店（逗号分隔，可留空）", "Products or stores (may be empty)"),
        "competitors": say("竞争对手（逗号分隔，可留空）", "Competitors (may be empty)"),
        "trades": say(f"行业（{_TRADES}，可留空）", f"Trades ({_TRADES}; may be empty)"),
        "receiver": say("预警接收人姓名", "Who receives alerts"),
        "receiver_mail": say("接收人邮箱", "Their mail address"),
    }
    found = given | lists
    for name, question in questions.items():
        if ask and not found[name]:
            found[name] = _ask(question)
    if not found["company"]:
        raise BadInput(Mistake("--company", say("公司名称不能为空", "the company's name is needed")))
    trades = tuple(_trade(word) for word in _words(found["trades"]))
    provider = provider or (_ask_provider() if ask else "other")
    if provider not in PROVIDERS:
        raise BadInput(Mistake("--provider", say(f"没有 {provider}", f"no {provider}"), " | ".join(PROVIDERS)))
    if ask and provider != "other" and not found["mail_user"]:
        found["mail_user"] = _ask(say("发件邮箱", "Mailbox that sends"))
    if ask and not feed:
        feed = _ask(say("一个 RSS 地址（可留空）", "A feed's address (may be empty)"))
    return Answers(
        company=found["company"],
        brands=_words(found["brands"]),
        products=_words(found["products"]),
        competitors=_words(found["competitors"]),
        trades=trades,
        receiver=found["receiver"],
        receiver_mail=found["receiver_mail"],
        provider=provider,
        mail_user=found["mail_user"],
        feed=feed,
    )


_TRADES = " | ".join(f"{code} {name}" for code, name in TRADES.items())


def _trade(word: str) -> str:
    """The code of a trade, given by its code or by what a person calls it."""
    if (code := trade_code(word)) in TRADES:
        return code
    raise BadInput(Mistake("--trades", say(f"没有行业 {word}", f"no trade {word}"), _TRADES))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("，", ",").replace("、", ",").split(",") if word.strip())


def _ask_provider() -> str:
    for key, provider in PROVIDERS.items():
        out().print(f"  {key:8} {provider.name}")
    return _ask(say("邮箱服务商", "Mail provider"), default="other", show_default=True)


def _ask(question: str, **how: Any) -> str:
    mend = say("加 --yes：不提问，只用给出的选项", "add --yes: nothing is asked, the options are taken")
    return ask_person(question, mend=mend, **({"default": "", "show_default": False} | how))


def _ask_password(folder: Path, answers: Answers) -> str:
    """The app password: from the environment, else asked for and kept in a file that its owner alone may read."""
    provider = PROVIDERS[answers.provider]
    given = read_environment().mail_password
    if not answers.mail_user or given is not None:
        return given.get_secret_value() if given else ""
    zh = f"{provider.name}的{provider.password}（在网页邮箱的设置中生成，不是登录密码；留空则以后再填）"
    en = f"app password of {provider.name} (made in its web settings, not the login password; empty: later)"
    password = _ask(say(zh, en), hide_input=True)
    if not password:
        out().print(say("以后请设置环境变量 LISTENER_MAIL_PASSWORD", "later, set LISTENER_MAIL_PASSWORD"))
        return ""
    path = folder / "var" / "mail-password"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(password + "\n", encoding="utf-8")
    out().print(
        say("密码已保存，运行前请执行：", "kept; before running: ") + f"export LISTENER_MAIL_PASSWORD_FILE={path}"
    )
    return password


def _try_mail(listener: Listener, answers: Answers) -> None:
    """Send a test mail; what goes wrong is told and does not end the set-up."""
    if not answers.mail_user or not answers.receiver:
        return
    try:
        send_test_mail(listener, answers.receiver)
    except ListenerError as error:
        err().print(say(f"测试邮件没有发出：{error}", f"the test mail did not go out: {error}"), markup=False)


def check(context: typer.Context) -> None:
    """检查配置，逐条指出错误。 Validate the configuration; one clear line for each mistake."""
    found = invocation(context)
    listener = found.listener
    listener.check_regulators()
    for warning in [*listener.warnings(), *listener.unreached()]:
        err().print(str(warning), style="yellow")
    settings = listener.settings
    counts = (len(settings.sources), len(settings.topics), len(settings.people))
    out().print(
        say("配置正确：{} 个来源，{} 个主题，{} 位人员", "no mistakes: {} sources, {} topics, {} people").format(
            *counts
        )
    )


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """检查网络、代理、邮件、时钟、磁盘、字体、数据库。 Try everything outside; say how to mend it."""
    from listener import doctor as doctors  # it tries everything, so it loads everything

    findings = list(doctors.examine(invocation(context).listener.settings))
    columns = {"name": say("项目", "check"), "state": "", "what": say("结果", "result"), "mend": say("改法", "mend")}
    rows = [asdict(each if as_json else doctors.worded(each)) for each in findings]
    show(as_json, "", columns, rows)
    if not doctors.healthy(findings):
        raise NeedsOperator(say("有项目没有通过", "some checks failed"))


@db.command("upgrade")
def db_upgrade(context: typer.Context) -> None:
    """建立或更新表结构。 Make the tables, or bring them up to date."""
    invocation(context).listener.database.upgrade()
    out().print(say("数据库已是最新", "the database is up to date"))


@keys.command("create")
def keys_create(context: typer.Context) -> None:
    """生成密钥文件（已有则拒绝）。 Make the key file; refused where one is there."""
    listener = invocation(context).listener
    listener.create_keys()
    path = listener.settings.key_file
    out().print(say(f"已生成 {path}；请与数据库分开备份", f"made {path}; back it up apart from the database"))


@keys.command("rotate")
def keys_rotate(context: typer.Context) -> None:
    """换新密钥并重新加密。 Put a new key in front and encrypt everything anew."""
    count = invocation(context).listener.rotate_keys()
    out().print(say(f"已用新密钥重新加密 {count} 条", f"{count} values encrypted anew"))


@keys.command("renew-index")
def keys_renew_index(context: typer.Context) -> None:
    """换新哈希密钥（先停守护进程）。 Renew the secret of the keyed hashes; stop the daemon first."""
    invocation(context).listener.renew_index()
    out().print(say("已用新的哈希密钥重建客户线索", "the customers' identifiers are hashed anew"))


@people.command("list")
def people_list(context: typer.Context, as_json: JsonOption = False) -> None:
    """列出人员。 Who works with Listener."""
    found = invocation(context)
    columns = {
        "name": say("姓名", "name"),
        "mail": say("邮箱", "mail"),
        "role": say("角色", "role"),
        "team": say("组", "team"),
    }
    rows = [
        {"name": p.name, "mail": p.mail, "role": label(p.role, found.lang), "team": p.team}
        for p in found.listener.settings.people
    ]
    show(as_json, "", columns, rows)


@people.command("import")
def people_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="人员名单（xlsx 或 csv） a table of people")],
    remove: Annotated[bool, typer.Option("--remove", help="名单里没有的人一并删去 drop who is not in it")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 do not ask")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看差异 only show the difference")] = False,
) -> None:
    """从 Excel 更新 people.toml，先显示差异。 People from a table; the difference is shown first."""
    settings = invocation(context).listener.settings
    found = people_file.plan(file, settings.people, remove=remove)
    for change in found.changes:
        _print_change(change)
    if found.empty:
        out().print(say("没有变化", "nothing changes"))
        return
    if dry_run or not (yes or typer.confirm(say("写入 people.toml？", "Write people.toml?"))):
        return
    path = people_file.write(settings.config_dir, found)
    out().print(say(f"已写入 {path}（原文件存为 .bak）", f"wrote {path}; the old one is kept as .bak"), markup=False)


def _print_change(change: people_file.Change) -> None:
    """+ new, ~ changed with each field, - removed; who stays the same is not told."""
    mark = {"new": "+", "changed": "~", "removed": "-"}.get(change.what)
    if mark is None:
        return
    told = "，".join(f"{name} {old}→{new}" if old else f"{name} {new}" for name, old, new in change.fields)
    print_line(f"{mark} {change.name} {told}".rstrip())


@people.command("intake-link")
def people_intake_link(context: typer.Context, name: str) -> None:
    """某人的转交网页地址（90 天有效）。 The address of somebody's page to paste what they forward."""
    listener = invocation(context).listener
    address = listener.links.intake(listener.settings.person(name).name)
    if not address:
        mend = 'public_url = "https://listener.example.com"'
        raise BadInput(Mistake("listener.toml", say("没有 public_url", "has no public_url"), mend, "public_url"))
    typer.echo(address)


@people.command("bounced")
def people_bounced(
    context: typer.Context,
    clear: Annotated[str, typer.Option("--clear", help="这个地址已修好 this address works again")] = "",
    as_json: JsonOption = False,
) -> None:
    """退信的地址：在清除标记之前不再向它们发送。 Addresses that mail came back from."""
    listener = invocation(context).listener
    if clear:
        listener.clear_bounced(clear)
        out().print(say(f"{clear} 恢复发送", f"{clear} gets mail again"), markup=False)
        return
    columns = {
        "address": say("地址", "address"),
        "at": say("时间", "at"),
        "times": say("次数", "times"),
        "reason": say("原因", "why"),
    }
    show(as_json, "", columns, listener.bounced_rows())


@people.command("test-send")
def people_test_send(context: typer.Context, name: str) -> None:
    """给一位接收人（或 notifier:名称）发测试消息。 Send a test to one person, or to notifier:NAME."""
    send_test_mail(invocation(context).listener, name)
