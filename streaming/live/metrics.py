"""What a process counts about its sockets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Metrics:
    messages: int = 0
    bytes: int = 0
    values: int = 0
    conflated: int = 0
    opened: int = 0
    refused: int = 0
    too_slow: int = 0
    looks: int = 0
    busy_seconds: float = 0.0
