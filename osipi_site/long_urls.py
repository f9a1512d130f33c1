"""uvicorn's HTTP protocol, for URLs of more than 65,535 bytes (a stream set of 1,000 WebIds has 100,000), and for
upgrades to WebSocket that are read once.

Trap: the URL parser of httptools counts in 16 bits and refuses longer ones, so only the path is given to it;
the query needs no parsing. What is too long for us, too, is refused before it is kept.
"""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from osipi_site.sockets import LONGEST_HEAD, SocketProtocol
from osipi_site.upgrade import usual_answer

LONGEST = 2**20


class HttpProtocol(HttpToolsProtocol):
    begun = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.scope is not None and "method" not in self.scope:
            self.begun += len(data)
            if self.begun > LONGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")
        else:
            self.begun = 0

    def on_url(self, url: bytes) -> None:
        if len(self.url) + len(url) > LONGEST:
            raise httptools.HttpParserError("The URL is too long.")  # answered 400, and the connection is closed
        super().on_url(url)

    def on_headers_complete(self) -> None:
        whole = self.url
        self.url, _, query = whole.partition(b"?")
        super().on_headers_complete()  # the task that answers begins at the next turn of the loop
        self.url = whole
        if query:
            self.scope["query_string"] = query.partition(b"#")[0]

    def handle_websocket_upgrade(self) -> None:
        """The parser refers to this protocol: let go, both are free at once, not when cycles are collected."""
        answer = usual_answer(self.url, self.headers) if self._is_usual() else None
        if answer is None:
            super().handle_websocket_upgrade()
        else:
            self.connections.discard(self)
            protocol = SocketProtocol(self.config, self.server_state, self.app_state, self.loop)
            protocol.take_over(self, answer)
            self.transport.set_protocol(protocol)
        let_go: Any = None
        self.parser = let_go

    def _is_usual(self) -> bool:
        ours = self.ws_protocol_class is SocketProtocol and not self.config.ws_per_message_deflate
        return ours and self.scope["method"] == "GET" and self.scope["http_version"] == "1.1"
