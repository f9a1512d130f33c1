"""Every kind of object is made, read, listed, changed, renamed and deleted in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from .conftest import ROOT, Api, Ground

POINT = {"PointClass": "classic", "PointType": "Float64"}


@dataclass(frozen=True)
class Kind:
    """`home(api, ground)` gives the URL of the collection; `body` what is sent beside Name and Description;
    `marker` begins the WebIds; `path` is what paths end in, with ``{}`` for the name."""

    home: Callable[[Api, Ground], str]
    marker: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)
    described: str = "Description"
    segment: str = ""

    def __str__(self) -> str:
        return self.path


def below(collection: str) -> Callable[[Api, Ground], str]:
    return lambda api, ground: f"{ground.database}/{collection}"


def element(api: Api, ground: Ground) -> str:
    return api.post(f"{ground.database}/elements", {"Name": "Home"})


def template(api: Api, ground: Ground) -> str:
    return api.post(f"{ground.database}/elementtemplates", {"Name": "T"})


def on_element(collection: str) -> Callable[[Api, Ground], str]:
    return lambda api, ground: f"{element(api, ground)}/{collection}"


def nested_attributes(api: Api, ground: Ground) -> str:
    return api.post(f"{element(api, ground)}/attributes", {"Name": "A"}) + "/attributes"


def nested_templates(api: Api, ground: Ground) -> str:
    return api.post(f"{template(api, ground)}/attributetemplates", {"Name": "A"}) + "/attributetemplates"


def states(api: Api, ground: Ground) -> str:
    return api.post(f"{ground.database}/enumerationsets", {"Name": "S"}) + "/enumerationvalues"


def digital_states(api: Api, ground: Ground) -> str:
    return api.post(f"{ground.data}/enumerationsets", {"Name": "S"}) + "/enumerationvalues"


def unit_class(api: Api, ground: Ground) -> str:
    body = {"Name": "Speed", "CanonicalUnitName": "knot", "CanonicalUnitAbbreviation": "kn"}
    return api.post(f"{ground.server}/unitclasses", body) + "/units"


CLASS = {"CanonicalUnitName": "dozen", "CanonicalUnitAbbreviation": "dz"}
UNIT = {"Abbreviation": "m/h", "ReferenceFactor": 0.5, "ReferenceUnitAbbreviation": "kn"}
KINDS = [
    Kind(lambda api, ground: f"{ground.server}/assetdatabases", "F1RD", r"\\AF\{}"),
    Kind(below("elements"), "F1Em", r"\\AF\Db\{}"),
    Kind(on_element("elements"), "F1Em", r"\\AF\Db\Home\{}"),
    Kind(on_element("attributes"), "F1AbE", r"\\AF\Db\Home|{}", {"Type": "Int32"}),
    Kind(nested_attributes, "F1AbE", r"\\AF\Db\Home|A|{}", {"Type": "String"}),
    Kind(on_element("analyses"), "F1Xs", r"\\AF\Db\Home\Analyses[{}]", {"Priority": "High"}),
    Kind(below("elementtemplates"), "F1ET", r"\\AF\Db\ElementTemplates[{}]", {"NamingPattern": "P-%@Name%"}),
    Kind(
        lambda api, ground: f"{template(api, ground)}/attributetemplates",
        "F1ATE",
        r"\\AF\Db\ElementTemplates[T]|{}",
        {"Type": "Double", "DisplayDigits": 3},
    ),
    Kind(nested_templates, "F1ATE", r"\\AF\Db\ElementTemplates[T]|A|{}"),
    Kind(below("analysistemplates"), "F1XT", r"\\AF\Db\AnalysisTemplates[{}]"),
    Kind(below("elementcategories"), "F1EC", r"\\AF\Db\CategoriesElement[{}]"),
    Kind(below("attributecategories"), "F1AC", r"\\AF\Db\CategoriesAttribute[{}]"),
    Kind(below("analysiscategories"), "F1XC", r"\\AF\Db\CategoriesAnalysis[{}]"),
    Kind(below("tablecategories"), "F1BC", r"\\AF\Db\CategoriesTable[{}]"),
    Kind(below("enumerationsets"), "F1MSR", r"\\AF\Db\EnumerationSets[{}]"),
    Kind(states, "F1MVR", r"\\AF\Db\EnumerationSets[S]\{}", {"Value": 4}),
    Kind(lambda api, ground: f"{ground.data}/enumerationsets", "F1MSD", r"\\PI\EnumerationSets[{}]"),
    Kind(digital_states, "F1MVD", r"\\PI\EnumerationSets[S]\{}", {"Value": 0}),
    Kind(below("tables"), "F1Bl", r"\\AF\Db\Tables[{}]", {"TimeZone": "UTC"}),
    Kind(lambda api, ground: f"{ground.server}/unitclasses", "F1UC", r"\\AF\UOMDatabase\UOMClasses[{}]", CLASS),
    Kind(unit_class, "F1Ut", r"\\AF\UOMDatabase\{}", UNIT),
    Kind(lambda api, ground: f"{ground.data}/points", "F1DP", r"\\PI\{}", POINT, "Descriptor"),
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_object_lives_from_post_to_delete(api: Api, ground: Ground, kind: Kind) -> None:
    home = kind.home(api, ground)
    made = api.post(home, {"Name": "First one", kind.described: "about it", **kind.body})
    shown = api.get(made)
    assert shown["WebId"].startswith(kind.marker)
    assert made == f"{ROOT}/{made.removeprefix(ROOT).split('/')[1]}/{shown['WebId']}"
    assert shown["Path"] == kind.path.format("First one")
    assert (shown["Name"], shown[kind.described]) == ("First one", "about it")
    assert {name: shown[name] for name in kind.body} == kind.body
    assert shown["Links"]["Self"] == made
    segment = made.removeprefix(ROOT).split("/")[1]
    assert api.get(segment, path=kind.path.format("first ONE")) == shown
    assert shown in api.get(home)["Items"]

    api.change("PATCH", made, {kind.described: "more about it"})
    assert api.get(made)[kind.described] == "more about it"
    assert api.get(made)["Name"] == "First one"

    api.change("PATCH", made, {"Name": "Second"})
    renamed = api.get(made)  # by the WebId with the old name in it
    assert (renamed["Name"], renamed["Path"]) == ("Second", kind.path.format("Second"))
    assert renamed["WebId"] != shown["WebId"]
    assert renamed["Id"] == shown["Id"]
    assert api.get(segment, status=404, path=kind.path.format("First one"))["Errors"]

    api.change("DELETE", made)
    gone = api.get(made, status=404)
    assert list(gone) == ["Errors"]
    assert shown["WebId"] in gone["Errors"][0]
    assert "Second" not in api.names(home)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_second_object_of_the_same_name_is_refused(api: Api, ground: Ground, kind: Kind) -> None:
    home = kind.home(api, ground)
    before = set(api.names(home))
    api.post(home, {"Name": "Twin", **kind.body})
    body = {"Name": "TWIN", **kind.body, **({"Value": 77} if "Value" in kind.body else {})}
    errors = api.change("POST", home, body, status=400)["Errors"]
    assert errors[0].startswith("There is already a")
    assert set(api.names(home)) == before | {"Twin"}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_object_that_was_read_can_be_sent_back(api: Api, ground: Ground, kind: Kind) -> None:
    made = api.post(kind.home(api, ground), {"Name": "Back", **kind.body})
    shown = api.get(made)
    api.change("PATCH", made, shown)
    after = api.get(made)
    assert {**after, "ServerTime": None} == {**shown, "ServerTime": None}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_bad_bodies_are_refused_with_all_their_faults(api: Api, ground: Ground, kind: Kind) -> None:
    home = kind.home(api, ground)
    before = api.names(home)
    body = {**kind.body, kind.described: 5, "Nonsense": 1, "Rubbish": 2}
    errors = api.change("POST", home, body, status=400)["Errors"]
    for fault in ("Unknown member: Nonsense.", "Unknown member: Rubbish.", f"{kind.described} must be a text."):
        assert fault in errors
    assert "Name is required." in errors
    for raw in (b"", b"[]", b'"Name"', b"{", b"\xff"):
        assert api.change("POST", home, raw, status=400)["Errors"]
    for name in ("", "a*b", "x" * 2000, "tab\tin", "nul\x00"):
        assert api.change("POST", home, {**kind.body, "Name": name}, status=400)["Errors"]
    assert api.names(home) == before
