"""Relative paths of attributes, and the points that data references name."""

from __future__ import annotations

from uuid import UUID

import pytest

from piwebapi.references import pipoint
from piwebapi.references.context import BadConfig, Unresolved
from piwebapi.references.relative import Place as At
from piwebapi.references.relative import locate

from .place import Place

GUID = UUID("0f4cbe22-7a91-4b0e-b8d7-3c9a5e6f7081")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Z", At(("A", "B"), ("X", "Z"))),
        (".|Z", At(("A", "B"), ("X", "Y", "Z"))),
        ("|Z", At(("A", "B"), ("Z",))),
        ("..|Z", At(("A", "B"), ("Z",))),
        ("..", At(("A", "B"), ("X",))),
        (".", At(("A", "B"), ("X", "Y"))),
        (r"..\|Z", At(("A",), ("Z",))),
        (r"..\C|Z", At(("A", "C"), ("Z",))),
        (r".\C|Z", At(("A", "B", "C"), ("Z",))),
        (r"C\D|Z|W", At(("A", "B", "C", "D"), ("Z", "W"))),
        (r"\C|Z", At(("C",), ("Z",))),
        (r"\\S\D\C|Z", At(("C",), ("Z",), "S", "D")),
        (r"\\.\.\C\E|Z", At(("C", "E"), ("Z",))),
        (r".\Elements[.]|Z", At(("A", "B"), ("Z",))),
        (" Z ", At(("A", "B"), ("X", "Z"))),
    ],
)
def test_a_path_leads_from_an_attribute_to_another(path: str, expected: At) -> None:
    assert locate(path, ("A", "B"), ("X", "Y")) == expected


@pytest.mark.parametrize("path", ["", "|", r"..\..\..\|Z", r"\\S\D|Z", r"\C", r"..\C", "||Z"])
def test_a_path_that_leads_to_no_attribute_is_unresolved(path: str) -> None:
    with pytest.raises(Unresolved):
        locate(path, ("A", "B"), ("X", "Y"))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (r"\\PI\sinusoid", pipoint.PointReference("PI", "sinusoid")),
        ("sinusoid", pipoint.PointReference("", "sinusoid")),
        (rf"\\PI?{GUID}\flow.pv?82", pipoint.PointReference("PI", "flow.pv", GUID, 82)),
        (
            r"\\PI\a b;ReadOnly=False; PointType = Float64 ;;",
            pipoint.PointReference("PI", "a b", None, None, {"readonly": "False", "pointtype": "Float64"}),
        ),
        (r"\\%Server%\%..\Element%.%Attribute%", pipoint.PointReference("HISTORIAN", "Unit 7.Limit")),
        ("", pipoint.PointReference("", "")),
    ],
)
def test_a_reference_names_server_tag_ids_and_options(config: str, expected: pipoint.PointReference) -> None:
    assert pipoint.reference(config, Place()) == expected


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (r"\\PI", "names no server and tag"),
        (r"\\\tag", "names no server and tag"),
        (r"\\PI\a\b", "no path of a point"),
        (r"\\PI?x\tag", "server id that is no GUID"),
        (r"\\PI\tag?x", "point id that is no number"),
        (r"\\PI\tag;ReadOnly", "option without a value: 'ReadOnly'"),
    ],
)
def test_a_reference_that_cannot_be_one_tells_why(config: str, sentence: str) -> None:
    with pytest.raises(BadConfig, match=sentence):
        pipoint.parse(config)
