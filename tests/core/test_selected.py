import pytest

from piwebapi.core.selected import Tree, parse, prune

ANSWER = {
    "Links": {"First": "f", "Next": "n"},
    "Items": [
        {"Name": "A", "Value": {"Value": 1, "Good": True}, "Template": None},
        {"Name": "B", "Value": 2, "Template": None},
    ],
}


@pytest.mark.parametrize("text", [None, "", " ", ";", ";.;"])
def test_no_selection_is_everything(text):
    assert parse(text) is None
    assert prune(ANSWER, parse(text)) is ANSWER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Links", {"Links": {"First": "f", "Next": "n"}}),
        ("Links.Next", {"Links": {"Next": "n"}}),
        ("Items.Name", {"Items": [{"Name": "A"}, {"Name": "B"}]}),
        ("items.NAME;links.first", {"Links": {"First": "f"}, "Items": [{"Name": "A"}, {"Name": "B"}]}),
        (" Links . Next ; Nonsense.Too ", {"Links": {"Next": "n"}}),
        ("Links.Link1;Links.Next", {"Links": {"Next": "n"}}),
        ("Nonsense", {}),
        ("Items.Foo", {"Items": [{}, {}]}),
        ("Items.Value.Value", {"Items": [{"Value": {"Value": 1}}, {}]}),
        ("Items.Template.Name", {"Items": [{"Template": None}, {"Template": None}]}),
        ("Links.Next.Deeper", {"Links": {}}),
    ],
)
def test_a_selection_keeps_what_it_names(text, expected):
    assert prune(ANSWER, parse(text)) == expected


@pytest.mark.parametrize(
    "text", ["Items.Value;Items.Value.Value", "Items.Value.Value;Items.Value", "Items.value.good;items.VALUE"]
)
def test_a_parent_and_its_child_together_are_the_parent(text):
    assert prune(ANSWER, parse(text)) == prune(ANSWER, parse("Items.Value"))


def test_the_order_is_that_of_the_answer():
    assert list(prune(ANSWER, parse("Items;Links"))) == ["Links", "Items"]


def test_a_list_on_top_is_passed_through():
    assert prune([{"A": 1, "B": 2}], parse("B")) == [{"B": 2}]


def test_a_dumper_may_ask_before_it_computes():
    tree = parse("Items.WebId;Links")
    assert tree.get("links") is Tree.ALL
    assert tree.get("Links").get("Anything") is Tree.ALL
    assert tree.get("Items").get("WebId") is Tree.ALL
    assert tree.get("Items").get("Name") is None
    assert tree.get("Name") is None


def test_a_path_of_ten_thousand_names_is_harmless():
    assert prune(ANSWER, parse("items." * 10_000 + "x")) == {"Items": [{}, {}]}
