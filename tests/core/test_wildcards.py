import re
import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from piwebapi.core.wildcards import Pattern

CASES = [
    ("Pump", "pump", True),
    ("Pump", "Pump 1", False),
    ("Pump*", "PUMP 17", True),
    ("*17", "Pump 17", True),
    ("P?mp", "Pump", True),
    ("P?mp", "Pmp", False),
    ("P*p*1", "Pump 1", True),
    ("ab*ba", "aba", False),
    ("[pq]ump", "Qump", True),
    ("[!pq]ump", "Pump", False),
    ("[!pq]ump", "Jump", True),
    (r"a\*b", "a*b", True),
    (r"a\*b", "axb", False),
    (r"a\\b", r"a\b", True),
    ("a\\", "a\\", True),
    ("a[b", "a[b", True),
    ("a[]b", "A[]B", True),
    (r"[\]\\]", "]", True),
    ("[a-c]", "b", False),
    ("[a-c]", "-", True),
    ("50%_", "50%_", True),
    ("50%_", "50xx", False),
    ("a.c", "abc", False),
    ("?", "\n", True),
    ("**?**", "", False),
    ("*?", "ab", True),
    ("straße*", "STRAßE 1", True),
    ("é*", "Étage", True),
    ("", "anything", True),
    ("*", "", True),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), CASES)
def test_a_filter_matches_names_as_the_reference_says(pattern, name, expected):
    assert Pattern.parse(pattern).matches(name) is expected


def test_a_filter_without_wildcards_is_an_exact_name():
    pattern = Pattern.parse("Pump 1")
    assert (pattern.exact, pattern.prefix, pattern.is_all) == ("PUMP 1", "PUMP 1", False)


def test_no_filter_is_everything():
    assert all(Pattern.parse(text).is_all for text in (None, "", "*", "***"))
    assert not Pattern.parse("*?").is_all


def test_the_prefix_ends_at_the_first_wildcard():
    assert Pattern.parse(r"pu\*mp[12]*").prefix == "PU*MP"
    assert Pattern.parse("*x").prefix == ""


def test_each_engine_gets_its_own_writing():
    pattern = Pattern.parse("a_%*b?")
    assert (pattern.like, pattern.glob, pattern.regex) == (r"A\_\%%B_", "A_%*B?", r"^A_%.*B.$")


def test_like_cannot_say_a_set():
    pattern = Pattern.parse("[ab]*")
    assert (pattern.like, pattern.glob, pattern.regex) == (None, "[AB]*", "^[AB].*$")


def test_a_set_of_one_is_that_character():
    assert Pattern.parse("[a]b[*]").exact == "AB*"


def test_a_nul_character_is_refused():
    with pytest.raises(BadRequest, match="NUL"):
        Pattern.parse("a\0b")


def test_a_pathological_filter_answers_at_once():
    started = time.perf_counter()
    assert not Pattern.parse("*a" * 500 + "b").matches("a" * 2000)
    assert not Pattern.parse("*?" * 500 + "[bc]").matches("a" * 2000)
    assert not Pattern.parse("*" * 5000 + "b").matches("a" * 2000)
    assert time.perf_counter() - started < 2


text = st.text("ab*?[]!^-\\%_.Z", max_size=8)


@given(text, st.text("ab*[]!^-\\%_.z", max_size=8))
def test_python_and_sqlite_agree(pattern, name):
    compiled = Pattern.parse(pattern)
    with sqlite3.connect(":memory:") as engine:
        glob, like = engine.execute(
            r"SELECT ?1 GLOB ?2, ?1 LIKE ?3 ESCAPE '\'", (name.upper(), compiled.glob, compiled.like)
        ).fetchone()
    assert compiled.matches(name) is bool(glob)
    assert like is None or compiled.matches(name) is bool(like)
    assert compiled.matches(name) is bool(re.fullmatch(compiled.regex, name.upper(), re.DOTALL))


@given(st.text(max_size=20))
def test_an_escaped_name_matches_only_itself(name):
    if "\0" not in name and name:
        assert Pattern.parse("".join("\\" + c for c in name)).matches(name)
