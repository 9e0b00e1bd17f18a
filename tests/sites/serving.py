"""A folder of HTML served as hosts of static sites do: folders by their first page, pages without their ending too."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    """Serves ``directory`` below ``base``."""

    base = "/"

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.base):
            return str(Path(self.directory) / "nowhere")
        place = super().translate_path("/" + path.removeprefix(self.base))
        is_there = Path(place).is_file() or (Path(place) / "index.html").is_file()
        return f"{place}.html" if not is_there and Path(f"{place}.html").is_file() else place

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        pass


@contextmanager
def served(folder: Path, base: str, port: int = 0) -> Iterator[str]:
    """Serve a folder on this machine below the path ``base``; yield the address of its first page."""
    handler = type("Handler", (_Handler,), {"base": base})
    with ThreadingHTTPServer(("127.0.0.1", port), partial(handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{base}"
        finally:
            server.shutdown()
