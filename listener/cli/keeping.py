"""Commands of those who keep the database: a copy made, put back, or moved elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.base import invocation, print_line, progress_bar
from listener.cli.setup import db
from listener.language import say

if TYPE_CHECKING:
    from listener.keeping import Keeping
    from listener.store.copying import Progress


def register(app: typer.Typer) -> None:
    """The commands belong to the group ``db``, which ``setup`` adds."""


@db.command("backup")
def db_backup(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="文件或目录（默认备份目录） a file or a folder; by default the folder of copies"),
    ] = None,
) -> None:
    """备份数据库到一个文件；守护进程可以继续运行。 Copy the database into one file; the daemon may go on."""
    with _kept(context) as keeping, _rows() as progress:
        path = keeping.backup(file, progress)
    size = path.stat().st_size / 1_000_000
    print_line(say(f"已备份：{path}（{size:.1f} MB，已校验）", f"copied: {path} ({size:.1f} MB, checked)"))
    key = keeping.settings.key_file
    zh = f"不含密钥文件 {key}（请另处保存），也不含 var/evidence 和 var/models"
    print_line(say(zh, f"without the key file {key} (keep it elsewhere), var/evidence and var/models"))


@db.command("restore")
def db_restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="备份文件 the copy")],
    replace: Annotated[
        bool, typer.Option("--replace", help="取代现有内容（另存） in place of what stands there")
    ] = False,
) -> None:
    """用备份恢复数据库；备份之后删除过的人会再次删除。 Put a copy back; who was erased since is erased again."""
    with _kept(context) as keeping, _rows() as progress:
        done = keeping.restore(file, replace=replace, progress=progress)
    print_line(say(f"已从 {file} 恢复", f"restored from {file}"))
    if done.kept:
        print_line(say(f"原有内容另存为 {done.kept}", f"what stood there is kept as {done.kept}"))
    if done.customers or done.mentions:
        zh = f"备份之后删除过的已再次删除：客户 {done.customers}，信息 {done.mentions}"
        print_line(say(zh, f"erased again, as since the copy: customers {done.customers}, mentions {done.mentions}"))


@db.command("migrate-to")
def db_migrate_to(
    context: typer.Context,
    url: Annotated[
        str, typer.Argument(envvar="LISTENER_MIGRATE_TO", help="空数据库的地址 the URL of an empty database")
    ],
) -> None:
    """把全部内容搬到另一个数据库，如从 SQLite 到 PostgreSQL。 Move everything, say from SQLite to PostgreSQL."""
    with _kept(context) as keeping, _rows() as progress:
        written = keeping.move(url, progress)
    print_line(say(f"已写入 {written} 行，两边一致", f"{written} rows written, the same on both sides"))
    zh = "请把 LISTENER_DATABASE_URL 改为新地址再启动；密钥文件不变，原数据库未改动"
    print_line(say(zh, "set LISTENER_DATABASE_URL to it and start; the key file stays, the old database is as it was"))


@contextmanager
def _kept(context: typer.Context) -> Iterator[Keeping]:
    """The installation, its database let go at the end."""
    found = invocation(context).keeping
    try:
        yield found
    finally:
        found.database.close()


@contextmanager
def _rows() -> Iterator[Progress]:
    """A bar that counts the rows written."""
    with progress_bar() as bar:
        task = bar.add_task(say("写入", "writing"), total=None)
        yield lambda table, rows: bar.update(task, advance=rows, description=table)
