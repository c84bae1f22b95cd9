"""A server on this machine that answers everything with nothing and counts who asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Listener:
    """Where it listens, and the paths that were asked for."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """An address that must never be asked for."""
        return f"http://127.0.0.1:{self.port}/asked"


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on a free port until the block ends."""
    listener = Listener(0)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'GEOGCS["x"]')

        do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        listener.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
