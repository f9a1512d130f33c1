"""uvicorn's HTTP protocol, for URLs of more than 65,535 bytes: a stream set of 1,000 WebIds has 100,000.

Trap: the URL parser of httptools counts in 16 bits and refuses longer ones, so only the path is given to it;
the query needs no parsing. What is too long for us, too, is refused before it is kept.
"""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST = 2**20


class HttpProtocol(HttpToolsProtocol):
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
