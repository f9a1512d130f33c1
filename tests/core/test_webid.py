from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import KINDS, WebId, decode, encode, fold

AF = UUID("6b1f3c52-8d1e-4a37-9c55-0e1f2a3b4c5d")
PI = UUID("0f4cbe22-7a91-4b0e-b8d7-3c9a5e6f7081")
PUMP = UUID("cbb28260-853d-11e4-80c5-00155d844304")
FLOW = UUID("75de231b-b591-49b1-b138-e725a77165c2")
BATCH = UUID("11111111-2222-3333-4444-555555555555")
PUMP_PATH = r"\\MYAF\MyDb\Plant\Pump 1"

WORKED = [
    ("F1RSUjwfax6NN0qcVQ4fKjtMXQTVlBRg", "AssetServer", "", AF, None, None, r"\\MYAF"),
    ("I1RSUjwfax6NN0qcVQ4fKjtMXQ", "AssetServer", "", AF, None, None, r"\\MYAF"),
    ("P1RSTVlBRg", "AssetServer", "", AF, None, None, r"\\MYAF"),
    ("P1RDTVlBRlxNWURC", "AssetDatabase", "", AF, None, PUMP, r"\\MYAF\MyDb"),
    (
        "F1EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBATVlBRlxNWURCXFBMQU5UXFBVTVAgMQ",
        *("Element", "", AF, None, PUMP, PUMP_PATH),
    ),
    ("I1EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBA", "Element", "", AF, None, PUMP, PUMP_PATH),
    ("P1EmTVlBRlxNWURCXFBMQU5UXFBVTVAgMQ", "Element", "", AF, None, PUMP, PUMP_PATH),
    ("L1EmYIKyyz2F5BGAxQAVXYRDBA", "Element", "", AF, None, PUMP, PUMP_PATH),
    ("D1EmYIKyyz2F5BGAxQAVXYRDBA", "Element", "", AF, None, PUMP, PUMP_PATH),
    (
        "F1AbEUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBAGyPedZG1sUmxOOclp3FlwgTVlBRlxNWURCXFBMQU5UXFBVTVAgMXxGTE9X",
        *("Attribute", "E", AF, PUMP, FLOW, PUMP_PATH + "|Flow"),
    ),
    (
        "I1AbEUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBAGyPedZG1sUmxOOclp3Flwg",
        *("Attribute", "E", AF, PUMP, FLOW, PUMP_PATH + "|Flow"),
    ),
    (
        "P1AbETVlBRlxNWURCXFBMQU5UXFBVTVAgMXxGTE9X",
        *("Attribute", "E", AF, PUMP, FLOW, PUMP_PATH + "|Flow"),
    ),
    (
        "I1FmUjwfax6NN0qcVQ4fKjtMXQERERESIiMzNERFVVVVVVVQ",
        *("EventFrame", "", AF, None, BATCH, r"\\MYAF\MyDb\EventFrames[Batch 7]"),
    ),
    (
        "P1FmTVlBRlxNWURCXEVWRU5URlJBTUVTW0JBVENIIDdd",
        *("EventFrame", "", AF, None, BATCH, r"\\MYAF\MyDb\EventFrames[Batch 7]"),
    ),
    (
        "I1AbFUjwfax6NN0qcVQ4fKjtMXQERERESIiMzNERFVVVVVVVQGyPedZG1sUmxOOclp3Flwg",
        *("Attribute", "F", AF, BATCH, FLOW, r"\\MYAF\MyDb\EventFrames[Batch 7]|Peak"),
    ),
    ("F1DPIr5MD5F6Dku41zyaXm9wgQUgAAAATVlQSVxTSU5VU09JRA", "Point", "", PI, None, 82, r"\\MYPI\sinusoid"),
    ("I1DPIr5MD5F6Dku41zyaXm9wgQUgAAAA", "Point", "", PI, None, 82, r"\\MYPI\sinusoid"),
    ("P1DPTVlQSVxTSU5VU09JRA", "Point", "", PI, None, 82, r"\\MYPI\sinusoid"),
    ("L1DPUgAAAA", "Point", "", PI, None, 82, r"\\MYPI\sinusoid"),
]

# Sample values of the vendor's own API description, one of each marker that it shows.
VENDOR = {
    "AssetServer": "I1RSDqD5loBNH0erqeqJodtALA",
    "DataServer": "I1DS1km7hQHxB0i6-VfC-9MwAA",
    "AssetDatabase": "I1RDDqD5loBNH0erqeqJodtALAquulo6433EKdHra7fsmL0g",
    "Element": "I1EmDqD5loBNH0erqeqJodtALAYIKyyz2F5BGAxQAVXYRDBA",
    "ElementCategory": "I1ECDqD5loBNH0erqeqJodtALAQ_lRME1-QUKrnEUKhMgEUA",
    "ElementTemplate": "I1ETDqD5loBNH0erqeqJodtALAkpSYp6uykE2Ku0yChDU91g",
    "Attribute": "I1AbEDqD5loBNH0erqeqJodtALAYIKyyz2F5BGAxQAVXYRDBAGyPedZG1sUmxOOclp3Flwg",
    "AttributeCategory": "I1ACDqD5loBNH0erqeqJodtALAofQgBVRE3E-0dk03Hqa1ng",
    "AttributeTemplate": "I1ATEG_auSSsvuECG8ad_p8b25QQkxqWDwIWU6zC4vmgpd4kgtSfQI9VdxUGA8fi1yf9DVg",
    "EventFrame": "I1FmDqD5loBNH0erqeqJodtALADqD5loBNH0cAAAAAAASwAg",
    "Point": "I1DPa70Wf0zBA06CLkV9ovNQgQCAAAAA",
    "EnumerationSet": "I1MSRDqD5loBNH0erqeqJodtALAT_x3jpGsKUCB1vtmvQHUMQ",
    "EnumerationValue": "I1MVRDqD5loBNH0erqeqJodtALAT_x3jpGsKUCB1vtmvQHUMQlIYqmOlvs0ygEQnSeGSe7w",
    "Table": "I1BlDqD5loBNH0erqeqJodtALAmLr4X86Jmkeynt3QVwlqXw",
    "TableCategory": "I1BCDqD5loBNH0erqeqJodtALAwgzHiSFSd06HP4lKPqYefQ",
    "Analysis": "I1XsDqD5loBNH0erqeqJodtALAWDOFEb-U5xGEQwAVXYTCAA",
    "AnalysisCategory": "I1XCDqD5loBNH0erqeqJodtALAoko2-UoOVEibhTWQCk1MDw",
    "AnalysisTemplate": "I1XTG_auSSsvuECG8ad_p8b25QEZgtYQY_J06YnELl5cALiA",
    "AnalysisRule": "I1XRXDqD5loBNH0erqeqJodtALAfyWdysKU5xGEQwAVXYTCAAfyWdysKU5xGEQwAVXYTCAA",
    "AnalysisRulePlugIn": "I1XPDqD5loBNH0erqeqJodtALABWwqmmFvekaFShbb-52MAw",
    "TimeRule": "I1TRXDqD5loBNH0erqeqJodtALAROsUFcWU5xGEQwAVXYTCAAROsUFcWU5xGEQwAVXYTCAA",
    "TimeRulePlugIn": "I1TPDqD5loBNH0erqeqJodtALAFPRV1lWW1kqmFRgvo4IAwQ",
    "SecurityIdentity": "I1SIDqD5loBNH0erqeqJodtALASe6l8zgYokqdeeFilFI9tw",
    "SecurityMapping": "I1SMDqD5loBNH0erqeqJodtALAgu8UrMAZB0qWp9H7C4TAXQ",
    "Unit": "I1UtDqD5loBNH0erqeqJodtALAjqwhgeI8lEeV4xeD1db0_A",
    "UnitClass": "I1UCDqD5loBNH0erqeqJodtALATbkl-fxulEulDQAVw5HySQ",
    "NotificationRule": "I1NRDqD5loBNH0erqeqJodtALA5bYfWno26BGgMQAVXYR0Ag",
    "NotificationRuleTemplate": "I1NTDqD5loBNH0erqeqJodtALAtdcX5JH_5xGEKAAVXTSaAg",
    "NotificationRuleSubscriber": "I1NSLDqD5loBNH0erqeqJodtALA5bYfWno26BGgMQAVXYR0AgPUJJXNlEW1w78rnCXDmcDA",
    "NotificationPlugIn": "F1DCDqD5loBNH0erqeqJodtALA1jVcFNf02UGGrgjlCY06lg"
    "UkVTVFVOSVRcUExVR0lOU0RFTElWRVJZQ0hBTk5FTFtXRUJTRVJWSUNFXQ",
}
VENDOR_SERVER = UUID("96f9a00e-4d80-471f-aba9-ea89a1db402c")

MALFORMED = [
    *("", "F1", "F1Em", "x", "F1Em?", "F1Em\n", "F1Zz" + 22 * "A", "G1EmAAAA", "f1DPUgAAAA"),
    "F0EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBA",  # version 0
    "P0WvDSaT8pY0uGA4is91RAcQtlkDAAQ0dZ",  # web id 1.0
    "F2EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBA",
    "I1AbUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBAGyPedZG1sUmxOOclp3Flwg",  # no owner letter
    "I1AbXUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBAGyPedZG1sUmxOOclp3Flwg",  # wrong owner letter
    "I1EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDB",  # one character short
    "I1EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBAA",  # one too many
    "I1EmUjwfax6NN0qcVQ4fKjtMXQYIKyyz2F5BGAxQAVXYRDBB",  # bits outside the GUID
    "L1DPUgAAA",
    "P1Em",  # a path of nothing
    "P1Em_-8",  # not UTF-8
    "F1EmUjwfax6NN0qcVQ4fKjtMXQ==",
    # A slip in the vendor's description: an attribute's fields under the contact template's marker.
    "I1NCEDqD5loBNH0erqeqJodtALAYIKyyz2F5BGAxQAVXYRDBAGyPedZG1sUmxOOclp3Flwg",
]


@pytest.mark.parametrize(("text", "kind", "owner", "server", "owner_id", "id", "path"), WORKED)
def test_an_object_is_written_as_in_the_worked_examples(text, kind, owner, server, owner_id, id, path):
    form = text[0]
    assert encode(kind, form=form, owner=owner, server=server, owner_id=owner_id, id=id, path=path) == text


@pytest.mark.parametrize(("text", "kind", "owner", "server", "owner_id", "id", "path"), WORKED)
def test_a_worked_example_reads_back_as_what_its_form_carries(text, kind, owner, server, owner_id, id, path):
    read = decode(text)
    assert (read.form, read.kind, read.owner) == (text[0], kind, owner)
    assert read.server == (server if text[0] in "FI" else None)
    assert read.owner_id == (None if text[0] == "P" else owner_id)
    assert read.id == (None if text[0] == "P" else id or server)
    assert read.path == (path[2:].upper() if text[0] in "FP" else "")


@pytest.mark.parametrize(("kind", "text"), VENDOR.items())
def test_a_sample_of_the_vendor_reads_and_writes_back_to_itself(kind, text):
    read = decode(text)
    assert (read.kind, read.form) == (kind, text[0])
    assert read.server == VENDOR_SERVER or kind in (
        "DataServer",
        "Point",
        "AttributeTemplate",
        "AnalysisTemplate",
    )
    again = encode(
        *(read.kind,),
        **{"form": read.form, "owner": read.owner, "server": read.server, "owner_id": read.owner_id},
        **{"id": read.id, "path": read.path},
    )
    assert again == text


def test_every_kind_has_a_vector_but_the_contact_template_which_the_vendor_never_shows_rightly():
    assert set(KINDS) - set(VENDOR) == {"NotificationContactTemplate"}


def test_a_point_id_is_read_from_a_web_id_found_in_the_field():
    assert decode("F1DPXo6Tq7dbDESaFakUUXB--wRQcAAAUElTUlZUXEFGU0RLV1NfU0lOVVNPSUQ") == WebId(
        *("F", "Point", "", UUID("ab938e5e-5bb7-440c-9a15-a91451707efb"), None, 1861),
        r"PISRVT\AFSDKWS_SINUSOID",
    )


def test_an_attribute_is_read_from_a_web_id_found_in_the_field():
    read = decode(
        "F1AbEIRAQC7zjPUOfBqai218IAwifUOTEAv5xGAzgANOhDHzg4VRBlNqet1wMQswtjrtN2A"
        "UElTUlYxXEZPUkVDQVNUU1xDREYxNDR8UkFXREFUQQ"
    )
    assert read.owner_id == UUID("4c0ef589-2f40-11e7-80ce-000d3a10c7ce")
    assert read.path == r"PISRV1\FORECASTS\CDF144|RAWDATA"


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_web_id_is_refused_with_the_words_that_connectors_match(text):
    with pytest.raises(BadRequest) as refused:
        decode(text)
    assert refused.value.messages == (f"Unknown or invalid WebID format: '{text}'.",)


def test_a_path_that_a_client_did_not_fold_reads_folded():
    assert decode("P1DPbXlwaVxzaW51c29pZA").path == r"MYPI\SINUSOID"


def test_the_leading_backslashes_of_a_path_are_dropped():
    assert decode("P1DPXFxNWVBJXFNJTlVTT0lE").path == r"MYPI\SINUSOID"


def test_six_surplus_bits_after_a_path_are_ignored():
    assert decode("P1RDTVlBRlxNWURCX").path == r"MYAF\MYDB"


def test_a_negative_point_id_keeps_its_sign():
    assert encode("Point", form="L", server=PI, id=-1, path="x") == "L1DP_____w"
    assert decode("L1DP_____w").id == -1


def test_a_local_server_needs_no_field_at_all():
    assert encode("AssetServer", form="L", server=AF, path="x") == "L1RS"
    assert decode("L1RS") == WebId("L", "AssetServer", "", None, None, None, "")


def test_folding_maps_one_character_to_one():
    assert fold("Straße ǆ ŉ ı ſ é") == "STRAßE Ǆ ŉ ı ſ É"


def test_an_owner_letter_that_the_kind_does_not_know_is_the_callers_mistake():
    with pytest.raises(ValueError, match="owner 'F' for Element"):
        encode("Element", owner="F", server=AF, id=PUMP, path="x")
    with pytest.raises(ValueError, match="GUID is needed"):
        encode("Attribute", owner="E", server=AF, id=FLOW, path="x")


kinds = st.sampled_from(list(KINDS.values()))
paths = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda s: s[0] != "\\")
int32s = st.integers(-(2**31), 2**31 - 1)


@given(kinds, st.sampled_from("FIPLD"), st.uuids(), st.uuids(), st.uuids(), int32s, paths, st.data())
def test_what_is_encoded_decodes_to_the_same(kind, form, server, above, guid, number, path, data):
    owner = data.draw(st.sampled_from(kind.owners or ("",)))
    own = number if kind.point else guid if kind.guids else server
    above = above if kind.guids == 2 else None
    text = encode(kind.name, form=form, owner=owner, server=server, owner_id=above, id=own, path=path)
    read = decode(text)
    assert (read.kind, read.owner) == (kind.name, owner)
    assert read.owner_id == (above if form != "P" else None)
    expected = {"P": None, "L": own if kind.point or kind.guids else None}
    expected["D"] = expected["L"]
    assert read.id == expected.get(form, own)
    assert read.path == (fold(path) if form in "FP" else "")


@given(st.text("FIPLD01EmAbDPRSQw-_ é\\", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        assert decode(text).kind in KINDS
    except BadRequest as refused:
        assert refused.status == 400
