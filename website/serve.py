"""Serve the built site on this machine: ``python -m website.serve [PORT]``."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from website import OUT


class Handler(SimpleHTTPRequestHandler):
    """Python's own server, with the types that a browser asks for and without a line for each request."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".ipynb": "application/json",
        ".whl": "application/octet-stream",
    }
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that takes a browser that leaves in the middle of a file for no error."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that was cut."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int = 0, handler: type[Handler] = Handler) -> Server:
    """A server of `folder` on this machine, at a free port unless one is given."""
    return Server(("127.0.0.1", port), partial(handler, directory=folder))


if __name__ == "__main__":
    with server(OUT, int(sys.argv[1]) if len(sys.argv) > 1 else 8000) as serving:
        print(f"http://127.0.0.1:{serving.server_port}/")
        serving.serve_forever()
