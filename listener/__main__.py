"""``python -m listener`` and the ``listener`` command: runs the command line, turns errors into one line and a code."""

from __future__ import annotations

import errno
import gc
import logging
import os
import sys

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # there are none; looking takes 30 ms
gc.disable()  # importing makes nothing but what stays; looking for garbage meanwhile takes a fifth of the start

from listener.cli import app  # noqa: E402
from listener.errors import BadInput, ListenerError, NeedsOperator  # noqa: E402
from listener.language import say  # noqa: E402
from listener.settled import settle  # noqa: E402
from listener.system_words import in_words  # noqa: E402

settle()


def main() -> None:
    """Run the command line. Exit codes: 0 done, 2 bad input, 3 a bad crawl outcome, 4 an operator is needed."""
    try:
        app()
    except ListenerError as error:
        _say(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader went away (`| head`); nothing more can be said to it, not even by Python's own flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if not (error.filename or error.errno in _FULL):
            raise  # no place that cannot be read or written: a mistake of ours
        logging.getLogger(__name__).info("%s", error, exc_info=True)  # where it was: with --verbose
        _say(_out_of_reach(error))
        sys.exit(NeedsOperator.exit_code)


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
"""What writing runs into without a file's name in the error."""


def _out_of_reach(error: OSError) -> NeedsOperator:
    """A file or folder that the system refuses, wherever a command touched it, as one line."""
    place = f"{error.filename}: " if error.filename else ""
    mend = say("请检查路径、权限和磁盘空间", "check the path, its rights and the disk's space")
    return NeedsOperator(f"{place}{in_words(error)} → {mend}")


def _say(error: ListenerError) -> None:
    for line in dict.fromkeys(str(error).splitlines()):
        sys.stderr.write(f"{line}\n")
    if isinstance(error, BadInput) and len(error.mistakes) > 1:
        count = len(error.mistakes)
        sys.stderr.write(say(f"共 {count} 处错误\n", f"{count} mistakes\n"))


if __name__ == "__main__":
    main()
