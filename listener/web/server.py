"""Serving the pages beside the daemon, on a thread of their own."""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.applications import Starlette

from listener.errors import NeedsOperator
from listener.language import say
from listener.system_words import in_words


class WebServer:
    """A running web server. ``port`` is the one it got, where 0 was asked for."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    def close(self) -> None:
        """Stop answering; waits at most five seconds for pages under way."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)  # who asks before the thread answers waits, and is not refused
    except OSError as error:
        listening.close()
        why = in_words(error)
        chinese = f"网页服务无法监听 {host}:{port}（{why}），请修改 [web] port"
        raise NeedsOperator(
            say(chinese, f"the web part cannot listen on {host}:{port} ({why}); change [web] port")
        ) from None
    return listening
