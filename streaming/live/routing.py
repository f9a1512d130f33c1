"""The addresses of sockets."""

from __future__ import annotations

from django.urls import re_path

from .handshake import connect

websocket_urlpatterns = [re_path(r"^piwebapi/(?P<path>.*)$", connect)]
