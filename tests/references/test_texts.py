"""Substitution parameters and the string builder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from piwebapi.references import stringbuilder
from piwebapi.references.context import BadConfig, Unresolved
from piwebapi.references.substitution import substitute

from .place import Place

VALUES = {
    "Speed": 12.0,
    "Ratio": 0.125,
    "Name": "Pump two",
    "Running": True,
    "Since": datetime(2024, 2, 9, 7, 5, 3, 250_000, tzinfo=UTC),
    "Nothing": None,
    "..\\|Area": "North",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%Element%", "P-2"),
        ("%ELEMENT%", "P-2"),
        (r"%..\Element%", "Unit 7"),
        (r"%..\..\Element%", "Works"),
        (r"%\Element%", "Works"),
        ("%Attribute%", "Limit"),
        ("%..|Attribute%", "Flow"),
        ("%|Attribute%", "Flow"),
        ("%Server%.%Database%", "HISTORIAN.Water"),
        ("%Description%", "highest flow"),
        ("%@Speed%", "12"),
        ("%@Ratio%", "0.125"),
        (r"%@..\|Area%", "North"),
        ("100%", "100%"),
        ("50% of 100%", "50% of 100%"),
        ("a%Nonsense%b", "a%Nonsense%b"),
        ("%Nonsense%Element%", "%NonsenseP-2"),
        ("%%Element%%", "%P-2%"),
        ("", ""),
    ],
)
def test_parameters_are_filled_in_and_other_percent_signs_stay(text: str, expected: str) -> None:
    assert substitute(text, Place(values=VALUES)) == expected


@pytest.mark.parametrize("text", [r"%..\..\..\Element%", "%..|..|Attribute%", "%@Nothing%", "%@Missing%"])
def test_a_parameter_with_nothing_to_name_is_unresolved(text: str) -> None:
    with pytest.raises(Unresolved):
        substitute(text, Place(values=VALUES))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('"Pump %Element%"', "Pump P-2"),
        ("Pump %Element%", "Pump P-2"),
        ('"a";"b"\n"c"', "abc"),
        ('"say ""hi"""', 'say "hi"'),
        ("'Speed'", "12"),
        ("'Name';\": \";'Ratio'", "Pump two: 0.125"),
        ("'Nothing';\"!\"", "!"),
        ("'Running'", "True"),
        ('Left("Pressure", 5)', "Press"),
        ('Right("Pressure", 4)', "sure"),
        ('Right("Pressure", 0)', ""),
        ('Mid("Pressure", 4, 3)', "ssu"),
        ('Mid("Pressure", 6)', "ure"),
        ('Left("ab", 99)', "ab"),
        ('UCase("Pump");LCase("Pump")', "PUMPpump"),
        ('Trim("  x ");LTrim("  y ");RTrim(" z ")', "xy  z"),
        ('Replace("a-b-c", "-", "+")', "a+b+c"),
        ("Format('Speed', \"%05d\")", "00012"),
        ("Format('Ratio', \"%.2f bar\")", "0.12 bar"),
        ("Format('Speed', \"%x\")", "c"),
        ("Format('Since', \"yyyy-MM-dd HH:mm:ss\")", "2024-02-09 07:05:03"),
        ("Format('Since', \"d/M/yy h tt\")", "9/2/24 7 AM"),
        ("Format('Since', \"ss.fff\")", "03.250"),
        ("Left(UCase('Name'), Format(4, \"%d\"))", "PUMP"),
        ("", ""),
        (";;", ""),
    ],
)
def test_a_string_is_built_of_texts_values_and_functions(config: str, expected: str) -> None:
    assert stringbuilder.evaluate(config, Place(values=VALUES)) == expected


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ('Reverse("abc")', "no function 'Reverse'"),
        ('Left("abc"', "does not close the bracket of 'Left'"),
        ('Left("abc")', "takes 2 arguments"),
        ('Left("abc", "x")', "not a number: 'x'"),
        ('Left("abc", -1)', "negative: -1"),
        ('"open', "not understood from"),
        ("'open", "not understood from"),
        ("Format('Name', \"%d\")", "takes a number, not 'Pump two'"),
        ("Format('Speed', \"plain\")", "does not understand 'plain'"),
    ],
)
def test_a_string_that_is_not_understood_tells_why(config: str, sentence: str) -> None:
    with pytest.raises(BadConfig, match=sentence):
        stringbuilder.evaluate(config, Place(values=VALUES))
