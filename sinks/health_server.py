"""The health pages over HTTP, by prometheus_client's own threading server; off where the port is 0."""

import threading
from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from schemas.errors import ConfigurationError
from schemas.health import Report, health_app


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Probes come every few seconds: not worth a line."""


class Server:
    """Serves from a daemon thread until it is closed."""

    def __init__(self, server: WSGIServer) -> None:
        self._server = server
        threading.Thread(target=server.serve_forever, name="health", daemon=True).start()

    @property
    def port(self) -> int:
        """That it listens on."""
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def serve(host: str, port: int, reports: Mapping[str, Callable[[], Report]], registry: CollectorRegistry) -> Server | None:
    """None where `port` is 0; ConfigurationError where it cannot be listened on."""
    if not port:
        return None
    app = health_app(reports, make_wsgi_app(registry))
    try:
        return Server(make_server(host, port, app, ThreadingWSGIServer, handler_class=_Silent))
    except OSError as why:
        setting = "TRACKER_SINK_HEALTH_PORT"
        message = f"{setting}: {host}:{port} cannot be listened on ({why.strerror})"
        raise ConfigurationError(message, setting=setting, remedy="name a free port, each sink its own, or 0 for none") from why
