from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from events.models import Annotation, EventFrame
from tests.api.conftest import Api

from .plant import Plant


@pytest.fixture
def frame(plant: Plant, api: Api) -> str:
    return f"eventframes/{plant.frame().web_id()}"


@pytest.fixture
def annotation(frame: str, api: Api) -> str:
    return api.post(f"{frame}/annotations", {"Name": "Remark", "Description": "seen", "Value": "seal leaks"})


def attach(api: Api, annotation: str, name: str, content: bytes, kind: str = "text/plain") -> Any:
    where = annotation.removeprefix("http://localhost") + "/attachment/media"
    return Client(HTTP_HOST="localhost").post(where, {"file": SimpleUploadedFile(name, content, kind)})


def test_an_annotation_reads_back_and_marks_its_frame(frame: str, annotation: str, api: Api) -> None:
    shown = api.get(annotation)
    assert {name: shown[name] for name in ("Name", "Description", "Value", "Errors")} == {
        "Name": "Remark",
        "Description": "seen",
        "Value": "seal leaks",
        "Errors": None,
    }
    assert shown["CreationDate"] == shown["ModifyDate"]
    assert set(shown["Links"]) == {"Self", "Owner"}
    assert api.get(frame)["IsAnnotated"]
    assert api.get(f"{frame}/annotations")["Items"] == [shown]


def test_an_annotation_without_a_name_is_refused(frame: str, api: Api) -> None:
    assert api.change("POST", f"{frame}/annotations", {"Value": 3}, 400)["Errors"] == ["Name is required."]


def test_a_change_keeps_what_it_does_not_name(annotation: str, api: Api) -> None:
    api.change("PATCH", annotation, {"Value": {"Level": 3}})
    shown = api.get(annotation)
    assert (shown["Name"], shown["Value"]) == ("Remark", {"Level": 3})


def test_a_deleted_annotation_is_gone_and_its_frame_changed(frame: str, annotation: str, api: Api) -> None:
    before = EventFrame.objects.get().changed
    api.change("DELETE", annotation)
    api.get(annotation, 404)
    assert not api.get(frame)["IsAnnotated"]
    assert EventFrame.objects.get().changed > before


def test_an_attachment_is_uploaded_described_loaded_and_deleted(annotation: str, api: Api) -> None:
    reply = attach(api, annotation, "note.txt", b"attached")
    assert (reply.status_code, reply["Location"]) == (201, f"{annotation}/attachment/media/metadata")
    links = api.get(annotation)["Links"]
    told = api.get(links["MediaMetadata"])
    assert (told["Name"], told["Size"], told["Description"]) == ("note.txt", 8, "seen")
    assert told["Links"] == {
        "Self": links["MediaMetadata"],
        "Owner": annotation,
        "MediaData": links["MediaData"],
    }
    loaded = api.ask("GET", links["MediaData"])
    assert (loaded.content, loaded["Content-Type"]) == (b"attached", "text/plain")
    assert loaded["Content-Disposition"] == 'attachment; filename="note.txt"'
    api.change("DELETE", f"{annotation}/attachment/media")
    for gone in (links["MediaMetadata"], links["MediaData"]):
        api.get(gone, 404)
    assert set(api.get(annotation)["Links"]) == {"Self", "Owner"}


def test_a_second_upload_takes_the_place_of_the_first(annotation: str, api: Api) -> None:
    attach(api, annotation, "one.txt", b"1")
    attach(api, annotation, "two.bin", b"22", "application/octet-stream")
    kept = Annotation.objects.get()
    assert (kept.attachment_name, bytes(kept.attachment), kept.attachment_size) == ("two.bin", b"22", 2)


def test_a_page_that_was_uploaded_is_not_shown_as_one(annotation: str, api: Api) -> None:
    attach(api, annotation, "evil.html", b"<script>", "text/html")
    loaded = Client(HTTP_HOST="localhost", HTTP_ACCEPT="text/html").get(
        annotation.removeprefix("http://localhost") + "/attachment/media/mediadata"
    )
    assert loaded["Content-Disposition"].startswith("attachment")
    assert loaded.content == b"<script>"


def test_an_upload_that_is_no_form_or_holds_no_file_is_refused(annotation: str, api: Api) -> None:
    where = f"{annotation}/attachment/media"
    assert api.ask("POST", where, {"file": "x"}).status_code == 415
    broken = Client(HTTP_HOST="localhost").post(where.removeprefix("http://localhost"), {"text": "no file"})
    assert (broken.status_code, broken.json()["Errors"]) == (400, ["The form holds no file."])
    assert not Annotation.objects.exclude(attachment_name="").exists()


def test_an_unknown_annotation_is_not_found(frame: str, api: Api) -> None:
    for key in ("512b6616-ce39-4f70-9048-8c6a025fb592", "nonsense"):
        api.get(f"{frame}/annotations/{key}", 404)
