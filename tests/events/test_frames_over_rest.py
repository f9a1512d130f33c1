import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import EventFrame, EventFrameTombstone
from piwebapi.models import AttributeTemplate, DataServer, Element, ElementCategory, ElementTemplate, Point
from tests.api.conftest import Api

from .plant import Plant

OPEN = "9999-12-31T23:59:59Z"
LONG_AGO = {"startTime": "2026-01-01", "endTime": "*"}


@pytest.fixture
def root(plant: Plant) -> str:
    return f"assetdatabases/{plant.database.web_id()}"


def closed(name: str, **more: object) -> dict[str, object]:
    return {"Name": name, "StartTime": "2026-03-01T08:00:00Z", "EndTime": "2026-03-01T09:30:00Z", **more}


def test_a_frame_without_an_end_is_open_until_one_is_written(plant: Plant, root: str, api: Api) -> None:
    made = api.post(f"{root}/eventframes", {"Name": "Trip", "StartTime": "2026-03-01T08:00:00Z"})
    assert api.get(made)["EndTime"] == OPEN
    api.change("PATCH", made, {"EndTime": "2026-03-01T10:00:00.5Z"})
    shown = api.get(made)
    assert (shown["EndTime"], shown["AreValuesCaptured"]) == ("2026-03-01T10:00:00.5Z", True)
    api.change("PATCH", made, {"EndTime": OPEN})
    shown = api.get(made)
    assert (shown["EndTime"], shown["AreValuesCaptured"]) == (OPEN, False)


def test_an_end_before_the_start_is_refused_and_nothing_is_made(plant: Plant, root: str, api: Api) -> None:
    body = {"Name": "Trip", "StartTime": "2026-03-01T08:00:00Z", "EndTime": "2026-03-01T07:59:59Z"}
    assert api.change("POST", f"{root}/eventframes", body, 400)["Errors"] == ["EndTime must not be before StartTime."]
    assert not EventFrame.objects.exists()


def test_children_are_hidden_from_the_database_unless_asked_for(plant: Plant, root: str, api: Api) -> None:
    parent = api.post(f"{root}/eventframes", closed("Batch"))
    child = api.post(f"{parent}/eventframes", closed("Phase"))
    grandchild = api.post(f"{child}/eventframes", closed("Step"))
    assert api.names(f"{root}/eventframes", **LONG_AGO) == ["Batch"]
    assert api.names(f"{root}/eventframes", searchFullHierarchy="true", **LONG_AGO) == ["Batch", "Phase", "Step"]
    assert api.names(f"{parent}/eventframes", **LONG_AGO) == ["Phase"]
    assert api.names(f"{parent}/eventframes", searchFullHierarchy="true", **LONG_AGO) == ["Phase", "Step"]
    assert api.get(parent)["HasChildren"]
    assert api.get(grandchild)["Links"]["Parent"] == child


def test_deleting_a_frame_takes_its_children_and_leaves_tombstones(plant: Plant, root: str, api: Api) -> None:
    parent = api.post(f"{root}/eventframes", closed("Batch"))
    api.post(f"{parent}/eventframes", closed("Phase"))
    api.change("DELETE", parent)
    assert api.get(parent, 404)["Errors"]
    assert sorted(EventFrameTombstone.objects.values_list("name", flat=True)) == ["Batch", "Phase"]


def test_a_template_gives_attributes_categories_severity_and_the_right_to_acknowledge(
    plant: Plant, root: str, api: Api
) -> None:
    template = ElementTemplate.objects.get(name="DowntimeTemplate")
    ElementTemplate.objects.filter(pk=template.pk).update(severity=3, can_be_acknowledged=True)
    template.categories.add(plant.category)
    AttributeTemplate.objects.create(element_template=template, name="Reason", trail="Reason", type="String", value="?")
    made = api.post(f"{root}/eventframes", closed("Stop", TemplateName="downtimetemplate"))
    shown = api.get(made)
    assert (shown["TemplateName"], shown["CategoryNames"], shown["Severity"], shown["CanBeAcknowledged"]) == (
        "DowntimeTemplate",
        ["Downtime"],
        "Minor",
        True,
    )
    [attribute] = api.get(f"{made}/attributes")["Items"]
    assert (attribute["Name"], attribute["Type"]) == ("Reason", "String")
    assert attribute["Links"]["EventFrame"] == made
    assert api.get(f"attributes/{attribute['WebId']}/value")["Value"] == "?"


def test_an_unknown_template_category_or_element_is_refused(plant: Plant, root: str, api: Api) -> None:
    for wrong in ({"TemplateName": "Nothing"}, {"CategoryNames": ["Nothing"]}, {"RefElementWebIds": ["F1EmNothing"]}):
        api.change("POST", f"{root}/eventframes", closed("Stop", **wrong), 400)
    assert not EventFrame.objects.exists()


def test_the_first_referenced_element_is_the_primary_one(plant: Plant, root: str, api: Api) -> None:
    other = Element.objects.create(database=plant.database, name="Unit_2", path="Unit_2")
    ids = [other.web_id(), plant.unit.web_id()]
    made = api.post(f"{root}/eventframes", closed("Stop", RefElementWebIds=ids))
    shown = api.get(made)
    assert shown["RefElementWebIds"] == ids
    assert shown["Links"]["PrimaryReferencedElement"].endswith(f"/elements/{ids[0]}")
    assert api.names(f"{made}/referencedelements") == ["Unit_2", "Unit_1"]
    assert api.names(f"elements/{ids[1]}/eventframes", **LONG_AGO) == ["Stop"]


def test_frames_are_found_by_each_filter(plant: Plant, root: str, api: Api) -> None:
    api.post(f"{root}/eventframes", closed("Plain"))
    api.post(
        f"{root}/eventframes",
        closed(
            "Stop",
            TemplateName="DowntimeTemplate",
            CategoryNames=["Downtime"],
            Severity="Major",
            RefElementWebIds=[plant.unit.web_id()],
        ),
    )
    for asked in (
        {"nameFilter": "s*"},
        {"templateName": "downtimetemplate"},
        {"categoryName": "downtime"},
        {"severity": "Major"},
        {"referencedElementNameFilter": "unit_?"},
    ):
        assert api.names(f"{root}/eventframes", **LONG_AGO, **asked) == ["Stop"], asked
    assert api.names(f"{root}/eventframes", **LONG_AGO, referencedElementTemplateName="Pump") == []
    assert api.names(f"{root}/eventframes", **LONG_AGO, sortField="Severity", sortOrder="Descending") == [
        "Stop",
        "Plain",
    ]


def test_a_frame_that_can_be_acknowledged_tells_who_did_and_when(plant: Plant, root: str, api: Api) -> None:
    ElementTemplate.objects.update(can_be_acknowledged=True)
    made = api.post(f"{root}/eventframes", closed("Stop", TemplateName="DowntimeTemplate"))
    shown = api.get(made)
    assert (shown["IsAcknowledged"], shown["AcknowledgedBy"]) == (False, "")
    assert shown["AcknowledgedDate"] == "1970-01-01T00:00:00Z"
    assert api.get(f"{made}/acknowledgements")["Items"] == []
    api.change("PATCH", f"{made}/acknowledge")
    shown = api.get(made)
    assert shown["IsAcknowledged"]
    assert api.get(f"{made}/acknowledgements")["Items"] == [
        {"AcknowledgedBy": shown["AcknowledgedBy"], "AcknowledgedDate": shown["AcknowledgedDate"]}
    ]
    assert api.names(f"{root}/eventframes", **LONG_AGO, isAcknowledged="true") == ["Stop"]
    assert api.names(f"{root}/eventframes", **LONG_AGO, isAcknowledged="false") == []


def test_a_frame_of_no_such_template_cannot_be_acknowledged(plant: Plant, root: str, api: Api) -> None:
    made = api.post(f"{root}/eventframes", closed("Stop"))
    assert "cannot be acknowledged" in api.change("PATCH", f"{made}/acknowledge", status=400)["Errors"][0]


def test_a_locked_frame_is_not_changed(plant: Plant, root: str, api: Api) -> None:
    made = api.post(f"{root}/eventframes", closed("Stop"))
    EventFrame.objects.update(is_locked=True)
    assert api.change("PATCH", made, {"Description": "x"}, 400)["Errors"] == ["The event frame 'Stop' is locked."]
    assert api.get(made)["IsLocked"]


def test_values_are_captured_at_the_end_and_stay(plant: Plant, root: str, api: Api) -> None:
    server = DataServer.objects.create(name="PI")
    point = Point.objects.create(server=server, name="T1", point_type="Float64")
    made = api.post(f"{root}/eventframes", {"Name": "Trip", "StartTime": "2026-03-01T08:00:00Z"})
    reference = {"Name": "Temperature", "DataReferencePlugIn": "PI Point", "ConfigString": "\\\\PI\\T1"}
    attribute = api.post(f"{made}/attributes", reference).rpartition("/")[2]
    values = [{"Timestamp": f"2026-03-01T0{hour}:00:00Z", "Value": float(hour)} for hour in (8, 9)]
    for value in values:
        api.ask("POST", f"streams/{point.web_id()}/value", value)
    api.change("PATCH", made, {"EndTime": "2026-03-01T08:30:00Z"})
    shown = api.get(f"streams/{attribute}/value")
    assert (shown["Value"], shown["Timestamp"]) == (8.5, "2026-03-01T08:30:00Z")
    api.ask("POST", f"streams/{point.web_id()}/value", {"Timestamp": "2026-03-01T10:00:00Z", "Value": 77.0})
    assert api.get(f"streams/{attribute}/value")["Value"] == 8.5
    api.change("PATCH", made, {"EndTime": OPEN})
    assert api.get(f"streams/{attribute}/value")["Value"] == 77.0


def test_capturing_by_hand_is_told(plant: Plant, root: str, api: Api) -> None:
    made = api.post(f"{root}/eventframes", {"Name": "Trip"})
    api.change("POST", f"{made}/attributes/capture")
    assert api.get(made)["AreValuesCaptured"]


def test_attributes_are_found_over_many_frames(plant: Plant, root: str, api: Api) -> None:
    first, second = (api.post(f"{root}/eventframes", closed(name)) for name in ("Stop 1", "Stop 2"))
    for frame, name in ((first, "Loss"), (second, "Loss"), (second, "Cause")):
        api.post(f"{frame}/attributes", {"Name": name, "Type": "Double"})
    found = api.get(f"{root}/eventframeattributes", **LONG_AGO, attributeNameFilter="l*")["Items"]
    assert [item["Links"]["EventFrame"] for item in found] in ([first, second], [second, first])
    asked = {**LONG_AGO, "eventFrameNameFilter": "*2"}
    assert api.names(f"{root}/eventframeattributes", **asked) == ["Cause", "Loss"]
    child = api.post(f"{first}/eventframes", closed("Phase"))
    api.post(f"{child}/attributes", {"Name": "Speed", "Type": "Double"})
    assert api.names(f"{first}/eventframeattributes", **LONG_AGO) == ["Speed"]


def test_config_makes_the_points_that_references_lack(plant: Plant, root: str, api: Api) -> None:
    DataServer.objects.create(name="PI")
    made = api.post(f"{root}/eventframes", closed("Trip"))
    for name, config in (("Good", "\\\\PI\\New.PV"), ("Bad", "\\\\Elsewhere\\New.PV")):
        api.post(f"{made}/attributes", {"Name": name, "DataReferencePlugIn": "PI Point", "ConfigString": config})
    log = {line["Path"].rpartition("|")[2]: line for line in api.change("POST", f"{made}/config", status=207)["Items"]}
    assert (log["Good"]["Failed"], log["Bad"]["Failed"]) == (False, True)
    assert Point.objects.get().name == "New.PV"
    assert [line["Failed"] for line in api.change("POST", f"{made}/config", status=207)["Items"]] == [True]


def test_every_change_of_an_attribute_numbers_its_frame(plant: Plant, root: str, api: Api) -> None:
    made = api.post(f"{root}/eventframes", closed("Trip"))
    numbers = [EventFrame.objects.get().changed]
    attribute = "attributes/" + api.post(f"{made}/attributes", {"Name": "Loss", "Type": "Double"}).rpartition("/")[2]
    for method, where, body in (
        ("PUT", f"{attribute}/value", {"Value": 3.5}),
        ("PATCH", attribute, {"Name": "Lost"}),
        ("DELETE", attribute, None),
    ):
        numbers.append(EventFrame.objects.get().changed)
        api.change(method, where, body)
    numbers.append(EventFrame.objects.get().changed)
    assert numbers == sorted(set(numbers))


def test_a_list_takes_as_many_queries_for_many_frames_as_for_few(plant: Plant, root: str, api: Api) -> None:
    counts = []
    api.names(f"{root}/eventframes")  # what is remembered of rights and templates
    for first, number in ((0, 1), (1, 30)):
        for at in range(first, first + number):
            plant.frame(f"F{at}", elements=[plant.unit], category_names=["Downtime"], template="DowntimeTemplate")
        with CaptureQueriesContext(connection) as queries:
            assert len(api.names(f"{root}/eventframes", **LONG_AGO)) == first + number
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Name:=T*", ["Trip"]),
        ("Severity:>=Minor", ["Trip"]),
        ("Template:DowntimeTemplate", ["Trip"]),
        ("InProgress:false Start:<'2026-03-01T08:30:00Z'", ["Stop", "Trip"]),
        ("Duration:>1h", ["Stop", "Trip"]),
        ("Duration:>2h", []),
        ("|Loss:>10", ["Trip"]),
        ("Element:{Name:=Unit_1}", ["Trip"]),
        ("Element:{Name:=Unit*}", ["Trip"]),
        ("Category:[DS]*", ["Trip"]),
        ("IsAnnotated:false", ["Stop", "Trip"]),
    ],
)
def test_a_query_text_finds_frames(plant: Plant, api: Api, query: str, expected: list[str]) -> None:
    other = Element.objects.create(database=plant.database, name="Unit_2", path="Unit_2")
    ElementCategory.objects.create(database=plant.database, name="Second")
    trip = plant.frame(
        "Trip",
        severity=4,
        template="DowntimeTemplate",
        elements=[plant.unit, other],
        category_names=["Downtime", "Second"],
    )
    plant.attribute(trip, "Loss", 12.5)
    plant.frame("Stop")
    assert sorted(api.names("eventframes/search", databaseWebId=plant.database.web_id(), query=query)) == expected


def test_frames_are_searched_by_the_values_of_attributes(plant: Plant, api: Api) -> None:
    template = ElementTemplate.objects.get(name="DowntimeTemplate")
    AttributeTemplate.objects.create(element_template=template, name="Loss", trail="Loss", type="Double", value=1.5)
    plant.frame("Small", template=template.name)
    large = plant.frame("Large", template=template.name)
    large.attributes.update(value=20.0)
    body = {
        "ElementTemplate": template.web_id(),
        "ValueQueries": [{"AttributeName": "Loss", "AttributeValue": 10, "SearchOperator": "GreaterThan"}],
    }
    where = api.ask("POST", "eventframes/searchbyattribute", body, noResults="true")["Location"]
    assert api.names(where, **LONG_AGO) == ["Large"]
