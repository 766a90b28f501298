"""The command line. Each module here holds the commands of one kind; ``rooms`` says which.

Users, scripts and tests rely on the commands, their exit codes and their ``--json``.
"""

from __future__ import annotations

from listener.cli.base import app

__all__ = ["app"]
