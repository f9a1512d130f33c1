"""The one view of the REST service: Django REST framework around `Service.answer`.

The framework brings authentication, content negotiation and rendering; routing, parameters, rights
and errors are the service's, because batch sub-requests need them without HTTP.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request as DrfRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from piwebapi.core.errors import ApiError, TooLarge, UnsupportedMedia
from piwebapi.core.times import from_datetime

from .auth import DrfAuthentication, headers_of
from .render import JsonRenderer, PageRenderer, encode
from .resource import Reply
from .service import Request, refusal, service

#: Bodies of these types are read; others are refused with 415.
ACCEPTED_MEDIA = ("application/json", "text/json", "application/xml", "text/xml", "multipart/form-data")


class Negotiation(DefaultContentNegotiation):
    """JSON without further ado for who asks for it or for anything; the framework decides about the others."""

    def select_renderer(self, request: DrfRequest, renderers: Any, format_suffix: str | None = None) -> Any:
        if request._request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", "application/json"):
            return renderers[0], "application/json"
        return super().select_renderer(request, renderers, format_suffix)


class ServiceView(APIView):
    """All operations. `path` is the part of the URL below the root of the service."""

    authentication_classes = (DrfAuthentication,)
    permission_classes = ()
    content_negotiation_class = Negotiation
    renderer_classes = (JsonRenderer, PageRenderer)
    parser_classes = ()
    http_method_names = ("get", "post", "put", "patch", "delete", "head", "options")

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {"Vary": "Accept"}

    def answer(self, request: DrfRequest, path: str = "") -> Response:
        django_request: HttpRequest = request._request
        asked = Request(
            method=django_request.method or "GET",
            path=path,
            query=django_request.META.get("QUERY_STRING", ""),
            caller=request.auth,
            now=from_datetime(timezone.now()),
            base=f"{django_request.scheme}://{django_request.get_host()}/piwebapi",
            raw=body_of(django_request),
            headers=headers_of(django_request),
        )
        return respond(service.answer(asked), asked)

    get = post = put = patch = delete = head = answer

    def options(self, request: DrfRequest, path: str = "") -> Response:
        match = service.routes.match(path)
        methods = sorted({endpoint.method for endpoint in match.endpoints}) if match else []
        return Response(None, 204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ApiError):
            return respond(refusal(exc), None)
        if isinstance(exc, APIException):
            return respond(Reply(exc.status_code, {"Message": str(exc.detail)}), None)
        raise exc

    def finalize_response(
        self, request: DrfRequest, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if isinstance(response, Response) and response.data is None:
            plain = HttpResponse(b"", status=response.status_code, content_type="application/json; charset=utf-8")
            for name, value in response.items():
                plain[name] = value
            return plain
        return super().finalize_response(request, response, *args, **kwargs)


def body_of(request: HttpRequest) -> bytes:
    """The body, of an accepted type and size."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    limit = int(getattr(settings, "OSIPI_MAX_BODY", 16 * 2**20))
    if length > limit:
        raise TooLarge(f"The body has {length} bytes; the maximum allowed is {limit}.")
    raw = request.body
    coding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if raw and coding not in ("", "identity"):
        raise UnsupportedMedia(f"The content encoding '{coding}' is not supported; send the body as it is.")
    media = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if raw and media and media not in ACCEPTED_MEDIA:
        raise UnsupportedMedia(f"The media type '{media}' is not supported; send application/json.")
    return raw


def respond(reply: Reply, asked: Request | None) -> HttpResponseBase:
    """A reply as a response: files and ready JSON as they are, the rest for the renderer that was negotiated."""
    headers = {name: encode(value) for name, value in reply.headers.items()}
    if isinstance(reply.body, bytes) and not reply.media.startswith("application/json"):
        return HttpResponse(reply.body, status=reply.status, content_type=reply.media, headers=headers)  # a file
    response = Response(reply.body, reply.status, headers=headers)
    response.reply, response.asked = reply, asked  # for the page renderer
    if reply.body is not None and not reply.media.startswith("application/json"):
        response.content_type = reply.media
    return response
