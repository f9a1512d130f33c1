import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from piwebapi.core.querylang import Filter, Query, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("  ", []),
        ("Pump*", [("Name", "=", "Pump*")]),
        ("'Pump 1'", [("Name", "=", "Pump 1")]),
        ("12:30", [("Name", "=", "12:30")]),
        (
            "Name:=Pump* Template:=Pump |Flow:>10",
            [("Name", "=", "Pump*"), ("Template", "=", "Pump"), ("|Flow", ">", "10")],
        ),
        ("Name:a AND Type:<>b and ID:!=c", [("Name", "=", "a"), ("Type", "<>", "b"), ("ID", "<>", "c")]),
        ("Start:>='*-7d' End:<'*'", [("Start", ">=", "*-7d"), ("End", "<", "*")]),
        ("Duration:>10m Severity:<=Minor", [("Duration", ">", "10m"), ("Severity", "<=", "Minor")]),
        ("Name :x", [("Name", "=", "x")]),
        ("Name := x", [("Name", "=", "x")]),
        ("Name:''", [("Name", "=", "")]),
        ('Name:\'it\'\'s\' Category:"a ""b"""', [("Name", "=", "it's"), ("Category", "=", 'a "b"')]),
        ("Name:=O'Brien", [("Name", "=", "O'Brien")]),
        ("|Parent|Child:<-1.5", [("|Parent|Child", "<", "-1.5")]),
        ("|Flow rate (raw):>1", [("|Flow rate (raw)", ">", "1")]),
        ("|'a:b':>1 '|c d':=2", [("|a:b", ">", "1"), ("|c d", "=", "2")]),
        ("|Level:>'10 cm'", [("|Level", ">", "10 cm")]),
        (
            "Severity:IN(Minor; 'Very; high' ;Major x )",
            [("Severity", "IN", ("Minor", "Very; high", "Major x"))],
        ),
        ("Name:in ('a ';b,c)", [("Name", "IN", ("a ", "b,c"))]),
        ("Name:INlet*", [("Name", "=", "INlet*")]),
        ("Name:[ab]* x:1", [("Name", "=", "[ab]*"), ("x", "=", "1")]),
    ],
)
def test_a_search_is_a_row_of_filters(text, expected):
    assert [(each.name, each.op, each.value) for each in parse(text)] == expected


def test_a_search_of_attributes_as_a_connector_sends_it():
    assert parse(r"Element:{Root:'Area\Line' Name:'*' Template:'Pump'} Name:'Flow*'") == Query(
        (
            Filter(
                "Element",
                "{}",
                Query(
                    (
                        Filter("Root", "=", r"Area\Line"),
                        Filter("Name", "=", "*"),
                        Filter("Template", "=", "Pump"),
                    )
                ),
            ),
            Filter("Name", "=", "Flow*"),
        )
    )


def test_braces_go_in_each_other():
    nested = parse("Parent:{Parent:={Name:x}}Type:y")
    assert [each.key for each in nested] == ["parent", "type"]
    assert nested[0].value == Query((Filter("Parent", "{}", Query((Filter("Name", "=", "x"),))),))


def test_empty_braces_are_every_related_object():
    assert parse("Element:{ }")[0].value == Query()


def test_a_filter_knows_where_it_stands():
    assert [each.position for each in parse("Name:a  AND |B:>1")] == [1, 13]


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("Pump 1", "a filter such as", 6),
        ("Name:", "a value is expected", 6),
        ("Name:>", "a value is expected", 7),
        ("Name:'a", "a quote is not closed", 6),
        ("Name:'a'b", "a blank is expected", 9),
        ("Name:a AND", "AND has nothing behind it", 11),
        ("Name:a AND AND Name:b", "a filter such as", 12),
        ("Element:{Name:a", "a brace is not closed", 9),
        ("Name:a}", "a brace is closed", 7),
        ("Name:IN(a;)", "a value is expected", 11),
        ("Name:IN(a", "';' or ')' is expected", 10),
        ("Name:IN()", "a value is expected", 9),
        ("Element:>{Name:a}", "a value is expected", 10),
        ("{", "a value is expected", 1),
        ("a:{" * 20, "nested too deeply", 34),
    ],
)
def test_a_fault_is_told_with_its_place(text, reason, position):
    with pytest.raises(BadRequest, match="Parameter 'query' is not a valid search") as refused:
        parse(text)
    assert reason in refused.value.messages[0]
    assert f"at position {position}." in refused.value.messages[0]


@given(st.text("nameAND:=<>|'\"{}();,* 1\\", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        assert isinstance(parse(text), Query)
    except BadRequest as refused:
        assert "position" in refused.messages[0]


@given(st.text(max_size=30), st.sampled_from("'\""))
def test_a_quoted_value_comes_back_whole(value, mark):
    text = f"Name:{mark}{value.replace(mark, mark * 2)}{mark} Type:x"
    assert parse(text) == Query((Filter("Name", "=", value), Filter("Type", "=", "x")))
