"""The file that an annotation may carry.

The vendor's contract has its metadata and its deletion; the upload (a form with one file) and the link
`MediaData` are documented beside it and are extensions here.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import load_handler
from django.db import transaction
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.http import content_disposition_header

from events import services
from events.annotations import ROUTE, find_annotation, find_frame, frame_url
from events.models import Annotation
from events.resources import EVENT_FRAME
from piwebapi.api import params
from piwebapi.api.answers import INTEGER, LINKS, MOMENT, TEXT, answers, record, takes
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, created
from piwebapi.core.errors import BadRequest, NotFound, UnsupportedMedia
from piwebapi.core.times import format_ticks

MEDIA = f"{ROUTE}/{{id}}/attachment/media"
UNKNOWN_TYPE = "application/octet-stream"


@answers(None, 201)
@takes(record(file={"type": "string", "format": "binary"}), media="multipart/form-data")
def upload(call: Call) -> Reply:
    """The first file of the form; it takes the place of one that is there."""
    frame = find_frame(call, "annotate")
    annotation = find_annotation(call, frame)
    file = _file(call)
    with transaction.atomic():
        values = {
            "attachment_name": file.name[:260],
            "attachment_type": (file.content_type or UNKNOWN_TYPE)[:100],
            "attachment_size": file.size,
            "attachment": file.read(),
        }
        services.change_annotation(annotation, call.caller.name, call.now, **values)
    return created(f"{_url(call, frame, annotation)}/metadata")


def _file(call: Call) -> Any:
    media = call.headers.get("content-type", "")
    if not media.lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("A file is sent as multipart/form-data.")
    try:
        handlers = [load_handler(name, None) for name in settings.FILE_UPLOAD_HANDLERS]
        meta = {"CONTENT_TYPE": media, "CONTENT_LENGTH": str(len(call.raw))}
        _, files = MultiPartParser(meta, BytesIO(call.raw), handlers).parse()
        return next(iter(files.values()))
    except (MultiPartParserError, MultiValueDictKeyError) as error:
        raise BadRequest(f"The form cannot be read: {error}.") from None
    except StopIteration:
        raise BadRequest("The form holds no file.") from None


@answers(record(Author=TEXT, ChangeDate=MOMENT, Description=TEXT, Name=TEXT, Size=INTEGER, Links=LINKS))
def metadata(call: Call) -> Reply:
    frame = find_frame(call)
    annotation = _attached(call, frame)
    own = _url(call, frame, annotation)
    links = {"Self": f"{own}/metadata", "Owner": own.removesuffix("/attachment/media"), "MediaData": f"{own}/mediadata"}
    shown = {
        "Author": annotation.modifier,
        "ChangeDate": format_ticks(annotation.modified),
        "Description": annotation.description,
        "Name": annotation.attachment_name,
        "Size": annotation.attachment_size,
        "Links": links,
    }
    return Reply(200, shown)


@answers({}, media="*/*")
def download(call: Call) -> Reply:
    """Always as a file to save: what somebody has uploaded must not run as a page of ours."""
    annotation = _attached(call, find_frame(call))
    content = Annotation.objects.values_list("attachment", flat=True).get(pk=annotation.pk)
    headers = {"Content-Disposition": content_disposition_header(True, annotation.attachment_name) or "attachment"}
    return Reply(200, bytes(content), headers, annotation.attachment_type or UNKNOWN_TYPE, pruned=True)


@answers(None, 204)
def remove(call: Call) -> Reply:
    annotation = _attached(call, find_frame(call, "annotate"))
    nothing = {"attachment_name": "", "attachment_type": "", "attachment_size": 0, "attachment": None}
    with transaction.atomic():
        services.change_annotation(annotation, call.caller.name, call.now, **nothing)
    return NO_CONTENT


def _attached(call: Call, frame: Any) -> Annotation:
    annotation = find_annotation(call, frame)
    if not annotation.attachment_name:
        raise NotFound(f"The annotation '{annotation.pk}' has no attached media.")
    return annotation


def _url(call: Call, frame: Any, annotation: Annotation) -> str:
    return f"{frame_url(call, frame)}/annotations/{annotation.pk}/attachment/media"


def _endpoint(operation: str, method: str, route: str, handler: Any, **more: Any) -> Endpoint:
    return Endpoint(f"EventFrame_{operation}", method, route, handler, params.OBJECT, resource=EVENT_FRAME, **more)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint(
        "CreateAnnotationAttachmentMediaById", "POST", MEDIA, upload, right="annotate", body="raw", extension=True
    ),
    _endpoint("DeleteAnnotationAttachmentMediaById", "DELETE", MEDIA, remove, right="annotate"),
    _endpoint("GetAnnotationAttachmentMediaMetadataById", "GET", f"{MEDIA}/metadata", metadata),
    _endpoint("GetAnnotationAttachmentMediaDataById", "GET", f"{MEDIA}/mediadata", download, extension=True),
)
