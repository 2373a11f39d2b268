"""A TCP proxy that misbehaves on request: refuse, hang, or cut the answer after the server has done its work."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Literal, Self

Mode = Literal["pass", "refuse", "hang", "cut"]


class Proxy:
    """Listens on a free port of its own while inside; `mode` holds for what comes after it was set."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.mode: Mode = "pass"
        self.cuts = 0
        self._cut_at = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for opened in (self._listener, *self._open):
            _close(opened)

    def drop_connections(self) -> None:
        """Every connection that is open now is lost."""
        for opened in self._open:
            _close(opened)
        self._open.clear()

    def cut_next(self) -> None:
        """The next answer is lost, those after it pass."""
        self._cut_at = self.cuts + 1

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.mode == "refuse":
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                for end in (client, server):  # or each answer that comes in parts waits 40 ms for the kernel to put them together
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [client, server]
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while sent := client.recv(65_536):
                if self.mode != "hang":
                    server.sendall(sent)
        _close(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while answer := server.recv(65_536):
                if self.mode == "cut" or self._cut_at > self.cuts:
                    self.cuts += 1
                    break
                client.sendall(answer)
        _close(client)
        _close(server)


def _close(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
    opened.close()
