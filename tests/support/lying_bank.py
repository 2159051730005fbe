"""A server that says whatever it is told to, as slowly and as long as it is told to."""

import contextlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answers = Callable[[BaseHTTPRequestHandler], None]


class Lying(ThreadingHTTPServer):
    """It answers everything by ``answers``, and counts how often it was asked."""

    daemon_threads = True

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.answers = answers
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Counter(BaseHTTPRequestHandler):
    server: Lying

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with contextlib.suppress(OSError):  # whoever asked has heard enough
            self.server.answers(self)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def lying(answers: Answers) -> Iterator[Lying]:
    """Such a server, while it is open."""
    server = Lying(answers)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def says(body: bytes, status: int = 200, **headers: str) -> Answers:
    """Answers with this body."""

    def answers(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answers


def goes_on(piece: bytes, times: int, pause: Callable[[], None] = lambda: None, **headers: str) -> Answers:
    """Answers with so many pieces, and says nothing of how many there will be."""

    def answers(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        for _ in range(times):
            handler.wfile.write(piece)
            handler.wfile.flush()
            pause()

    return answers
