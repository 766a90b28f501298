"""What all commands share: the options before the command, and how results are shown."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from listener.cli.helping import Group
from listener.cli.rooms import Rooms
from listener.errors import BadInput, Mistake
from listener.language import choose, say
from listener.text.mask import mask

if TYPE_CHECKING:
    from listener.bootstrap import Listener
    from listener.crm.showing import Cards
    from listener.keeping import Keeping
    from listener.looking import Looks
    from listener.settings import Settings
    from listener.topic_trials import TopicTrials

app = Group(
    name="listener",
    cls=Rooms,
    help="舆情与投诉监测：从公开信息到满意的客户。 Social listening and complaint monitoring, Chinese first.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Rooms.app = app


@dataclass
class Invocation:
    """The options that stand before every command, and the application made from them when first needed."""

    config_dir: Path = Path("config")
    language: str = ""
    verbose: bool = False

    @cached_property
    def listener(self) -> Listener:
        """The configured application; ``BadInput`` with every mistake in the configuration."""
        from listener.bootstrap import Listener  # half of a short command's time

        found = Listener.from_folder(self.config_dir)
        self._speak(found.settings)
        return found

    @cached_property
    def cards(self) -> Cards:
        """The installation for who looks at a customer: topics, replies and the like are not tried for that."""
        from listener.crm.showing import Cards

        found = Cards.from_folder(self.config_dir)
        self._speak(found.settings)
        return found

    @cached_property
    def looks(self) -> Looks:
        """The installation for who looks at the status, at cases or deliveries: the same is left out."""
        from listener.looking import Looks

        found = Looks.from_folder(self.config_dir)
        self._speak(found.settings)
        return found

    @cached_property
    def keeping(self) -> Keeping:
        """The installation for who copies its database."""
        from listener.keeping import Keeping

        found = Keeping.from_folder(self.config_dir)
        self._speak(found.settings)
        return found

    @cached_property
    def trials(self) -> TopicTrials:
        """The installation for who tries topics: those are checked, the rest is not."""
        from listener.topic_trials import TopicTrials

        found = TopicTrials.from_folder(self.config_dir)
        self._speak(found.settings)
        return found

    def _speak(self, settings: Settings) -> None:
        self.language = self.language or settings.installation.language
        choose(self.language)

    @property
    def lang(self) -> str:
        """``zh`` or ``en``: as asked, else as configured, else ``zh``."""
        return self.language or self.listener.settings.installation.language


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[Path, typer.Option("--config", help="配置目录 the configuration folder")] = Path("config"),
    lang: Annotated[str, typer.Option("--lang", help="zh | en")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="更多日志 more logs")] = False,
) -> None:
    """Options for every command."""
    if lang not in ("", "zh", "en"):
        raise BadInput(Mistake("--lang", say(f"没有语言 {lang}", f"{lang} is not a language"), "zh | en"))
    choose(lang or "zh")
    configure_logs(verbose)
    context.obj = Invocation(config, lang, verbose)


def invocation(context: typer.Context) -> Invocation:
    """The invocation that ``options`` made."""
    found = context.obj
    assert isinstance(found, Invocation)
    return found


def configure_logs(verbose: bool) -> None:
    """Logs go to standard error, one line each, with personal values masked."""
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [to_stderr]
    root.setLevel(logging.INFO if verbose else logging.WARNING)


class _Lines(logging.Formatter):
    """structlog's lines; it is loaded with the first one, since most commands log nothing."""

    def format(self, record: logging.LogRecord) -> str:
        return self._structlog.format(record)

    @cached_property
    def _structlog(self) -> logging.Formatter:
        import structlog

        return structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _masked,
                structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
        )


def _masked(_logger: object, _name: str, event: Any) -> Any:
    event["event"] = mask(str(event.get("event", "")))
    return event


def ask_person(question: str, *, mend: str = "", **how: Any) -> str:
    """What a person answers. Where nobody is there to answer, ``BadInput`` says so and how to ``mend`` it; Ctrl-C ends
    as it does anywhere."""
    try:
        return str(typer.prompt(question, **how))
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        mend = mend or say("用选项给出，见 --help", "give it as an option, see --help")
        raise BadInput(Mistake(question, say("没有人回答", "nobody answers"), mend)) from None


def out() -> Console:
    """Where results go. Wide enough not to fold when it is no terminal."""
    return Console(soft_wrap=True) if sys.stdout.isatty() else Console(width=200, soft_wrap=True)


def print_line(line: str) -> None:
    """A line as it is: nothing in it is taken for markup."""
    out().print(line, highlight=False, markup=False)


def err() -> Console:
    """Where progress and remarks go."""
    return Console(stderr=True)


def show_json(value: object) -> None:
    """``value`` as one JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows as a table a person reads; nothing found is said in words."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))  # Text: "[mail]" is no markup here
    out().print(table if rows else Text(title + say("（没有）", " (none)").strip()))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    return clock(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else "" if value is None else str(value)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def clock(moment: object) -> str:
    """A moment of the facts (ISO 8601, in the installation's zone) as people read it: ``2026-11-29 03:16``."""
    return str(moment)[:16].replace("T", " ") if moment else ""


def show(as_json: bool, title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
    """The same rows as JSON (keys) or as a table (``columns`` maps key to heading)."""
    if as_json:
        show_json([dict(row) for row in rows])
        return
    show_table(title, list(columns.values()), [[row.get(key) for key in columns] for row in rows])


def progress_bar(**how: Any) -> Progress:
    """A progress bar on standard error; silent where that is no terminal."""
    console = err()
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        **how,
    )


JsonOption = Annotated[bool, typer.Option("--json", help="机器可读 machine-readable output")]
UnmaskOption = Annotated[bool, typer.Option("--unmask", help="显示原文（留审计记录） unmasked; audited")]
PersonOption = Annotated[str, typer.Option("--as", help="以谁的身份（people.toml 中的姓名） who is acting")]
