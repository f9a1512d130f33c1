from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import Part, check_name, check_point_name, parse

GUID = UUID("cbb28260-853d-11e4-80c5-00155d844304")


def steps(path):
    return [(part.separator, part.collection, part.name) for part in parse(path)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"\\AF", [("\\", "", "AF")]),
        (r"\\AF\DB\A\B", [("\\", "", "AF"), ("\\", "", "DB"), ("\\", "", "A"), ("\\", "", "B")]),
        (
            r"\\AF\DB\A|X|Y",
            [("\\", "", "AF"), ("\\", "", "DB"), ("\\", "", "A"), ("|", "", "X"), ("|", "", "Y")],
        ),
        (
            r"\\AF\DB\eventframes[Batch 7]|Peak",
            [*[("\\", "", "AF"), ("\\", "", "DB")], ("\\", "EventFrames", "Batch 7"), ("|", "", "Peak")],
        ),
        (
            r"\\AF\UOMDatabase\UOMClasses[Power]",
            [("\\", "", "AF"), ("\\", "", "UOMDatabase"), ("\\", "UOMClasses", "Power")],
        ),
        (
            r"\\AF\DB\Elements[a\b|c]\d",
            [("\\", "", "AF"), ("\\", "", "DB"), ("\\", "Elements", r"a\b|c"), ("\\", "", "d")],
        ),
        (
            r"\\AF\DB\EnumerationSets[S]\On",
            [("\\", "", "AF"), ("\\", "", "DB"), ("\\", "EnumerationSets", "S"), ("\\", "", "On")],
        ),
        (
            r"\\AF\DB\E|Attributes[X]",
            [("\\", "", "AF"), ("\\", "", "DB"), ("\\", "", "E"), ("|", "Attributes", "X")],
        ),
        (r"\\PIServers[MyPI]", [("\\", "PIServer", "MyPI")]),
        (r"\\piserver[MyPI]\sinusoid", [("\\", "PIServer", "MyPI"), ("\\", "", "sinusoid")]),
        (r"\\PI\Temp[1]", [("\\", "", "PI"), ("\\", "", "Temp[1]")]),
        (r"\\PI\a:b/c.d%e f", [("\\", "", "PI"), ("\\", "", "a:b/c.d%e f")]),
    ],
)
def test_a_path_is_taken_apart(path, expected):
    assert steps(path) == expected


@pytest.mark.parametrize(
    ("filter", "name", "guid"),
    [
        ("Pump", "Pump", None),
        (f"{{{GUID}}}", "", GUID),
        (f"Pump;{{{str(GUID).upper()}}}", "Pump", GUID),
        (f"{{{GUID}}};Pump", "Pump", GUID),
    ],
)
def test_a_filter_is_a_name_or_a_guid_or_both(filter, name, guid):
    assert parse(rf"\\AF\DB\Elements[{filter}]")[2] == Part("Elements", name, guid, "\\")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "\\",
            "\\\\",
            "AF",
            r"\AF",
            r"\\\AF",
            r"\\AF\\DB",
            "\\\\AF\\",
            r"\\AF\ \x",
            r"\\AF\DB\E|",
            r"\\AF||X",
        ),
        *(
            r"\\AF\DB\Elements[x",
            r"\\AF\DB\Elements[]",
            r"\\AF\DB\Elements[{x}]",
            rf"\\AF\DB\Elements[{{{GUID}]",
            r"\\AF\DB\Elements[a;b]",
            "//AF",
        ),
        *(rf"\\AF\DB\Elements[{{{GUID}}};{{{GUID}}}]", r"\\AF\DB\Elements[a;]"),
    ],
)
def test_what_is_no_path_is_refused_and_the_parameter_named(path):
    with pytest.raises(BadRequest, match="parameter 'root' is not a valid path"):
        parse(path, name="root")


@given(st.text("\\|[];{}AElements", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        assert parse("\\\\" + text)
    except BadRequest as refused:
        assert refused.status == 400


def test_blanks_around_a_name_go():
    assert check_name("  Pump 1 ") == "Pump 1"
    assert check_point_name(" ba:temp.1 ") == "ba:temp.1"


@pytest.mark.parametrize("character", list("*?;{}[]|\\`'\"") + ["\0", "\n", "\x7f", "\u2028", "\ud800"])
def test_a_name_has_no_characters_that_paths_and_filters_need(character):
    with pytest.raises(BadRequest, match="(?s)EventFrame name 'a.*b' must not contain") as refused:
        check_name(f"a{character}b", kind="EventFrame name")
    assert len(refused.value.messages) == 1


@pytest.mark.parametrize("name", ["", "  ", "\t"])
def test_a_name_is_not_empty(name):
    for check in (check_name, check_point_name):
        with pytest.raises(BadRequest, match="Name must not be empty"):
            check(name)


def test_a_point_may_have_brackets_and_an_element_may_not():
    assert check_point_name("Temp[1]{x}`") == "Temp[1]{x}`"
    for character in "*?'\"|\\;\n":
        with pytest.raises(BadRequest):
            check_point_name(f"a{character}b")


def test_names_have_a_greatest_length():
    assert len(check_name("é" * 259)) == 259
    for check, longest in ((check_name, 259), (check_point_name, 1023)):
        with pytest.raises(BadRequest, match=f"longer than {longest}"):
            check("x" * (longest + 1))
