"""The page about the subscribe socket against the server; answers are checked wherever tests hear them."""

from __future__ import annotations

import json
import re

import orjson
import pytest

from streaming.live import requests, subscribe
from streaming.live.requests import Fault

from .clients import ANSWER, DOCS, REQUEST

PAGE = (DOCS / "subscribe-socket.md").read_text(encoding="utf-8").partition("## Version 2")[2]


def examples(arrow: str) -> list[str]:
    """Examples in code blocks, lines joined. Those that leave something out with dots between lines are not whole."""
    found: list[str] = []
    for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"\n(?=<- |-> )", block):
            if part.startswith(arrow) and "\n     ...\n" not in part:
                found.append(" ".join(line.strip() for line in part[3:].splitlines()))
    return found


def test_the_requests_of_the_page_are_those_of_the_schema_and_are_understood() -> None:
    texts = [*examples("-> "), *re.findall(r"\| `(\{.*?\})` \| `\{", PAGE)]
    assert len(texts) == 3
    for text in texts:
        REQUEST.validate(json.loads(text))
        assert requests.read(text)


def test_the_answers_of_the_page_are_those_of_the_schema() -> None:
    texts = examples("<- ")
    assert [json.loads(text)["Action"] for text in texts] == ["Hello", "Data", "Notice"]
    for text in texts:
        ANSWER.validate(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"Action":"Subscribe","Id":"a"}',
        '{"Action":"Subscribe","Id":"","Resources":["x"]}',
        '{"Action":"Subscribe","Id":"a","Resources":[]}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Rate":50}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Mode":"some"}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Initial":"yes"}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Speed":1}',
        '{"Action":"Unsubscribe"}',
        '{"Action":"Fly","Id":"a"}',
        '{"Action":"Ping","Id":5}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Rate":1000.5}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Rate":1e300}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Rate":true}',
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Rate":1000000000000000000000000000000}',
    ],
)
def test_what_the_schema_refuses_the_server_refuses(text: str) -> None:
    assert not REQUEST.is_valid(json.loads(text))
    with pytest.raises(Fault):
        requests.read(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"Action":"Subscribe","Id":"a","Resources":["x"],"Rate":1000.0}',
        '{"Action":"Subscribe","Id":"a","Resources":[{"WebId":"x","Path":"\\\\\\\\PI\\\\x"}],"From":null}',
        '{"Action":"Ping","Id":null}',
    ],
)
def test_what_the_schema_allows_the_server_takes(text: str) -> None:
    REQUEST.validate(json.loads(text))
    read = requests.read(text)
    assert not isinstance(read, requests.Subscribe) or (type(read.steps), read.steps) == (int, 20)


@pytest.mark.parametrize("rate", [100, 101, 149, 150, 60_000])
def test_a_rate_is_not_undercut(rate: int) -> None:
    """Steps are of 50 ms."""
    read = requests.read(json.dumps({"Action": "Subscribe", "Id": "a", "Resources": ["x"], "Rate": rate}))
    assert isinstance(read, requests.Subscribe)
    assert rate <= read.steps * 50 < rate + 50


@pytest.mark.parametrize("levels", [100, 240, 300, 1_500])
@pytest.mark.parametrize("form", ['{"Action":%s}', '{"Action":"Subscribe","Id":"a","Resources":[{"Search":%s}]}'])
def test_a_message_is_understood_or_refused_however_deep_it_is(form: str, levels: int) -> None:
    text = form % ("[" * levels + "]" * levels)
    try:
        orjson.dumps([requests.read(text).__dict__["resources"]])
    except Fault as fault:
        assert fault.code in ("BadMessage", "BadAction")
    assert subscribe.read(text).fault
