"""What goes wrong with a source."""

from __future__ import annotations


class SourceError(Exception):
    """`sentence` is for people and holds no secret. `permanent`: somebody has to change something first."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent


class TooMuch(SourceError):
    """The server says that a maximum is exceeded: ask for less."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)


class NotFound(SourceError):
    """The server has no such object."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)
