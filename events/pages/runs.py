"""The runs of the synchronisation: a list and each by itself."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path

from events.models import SyncConflict, SyncRun
from piwebapi.pages.reading import Reader, page

from .figures import DIRECTIONS
from .paging import as_file, bars, paged

COLUMNS = (
    "id state direction table started finished seconds read inserted updated deleted unchanged conflicts "
    "refused repeats error".split()
)


def _found(request: HttpRequest) -> QuerySet[SyncRun]:
    wanted = Q()
    if request.GET.get("state") in dict(SyncRun.STATES):
        wanted &= Q(state=request.GET["state"])
    if request.GET.get("direction") in DIRECTIONS:
        wanted &= Q(direction=request.GET["direction"])
    if request.GET.get("idle") != "1":
        wanted &= ~Q(state="done", inserted=0, updated=0, deleted=0, conflicts=0, refused=0)
    return SyncRun.objects.filter(wanted)


@page
def runs(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """Newest first; runs that found nothing to do only on request."""
    context = paged(request, _found(request)) | {"states": dict(SyncRun.STATES), "directions": DIRECTIONS}
    return render(request, "events/runs.html", context)


@page
def run(request: HttpRequest, reader: Reader, pk: int) -> HttpResponseBase:
    """One run in full, its conflicts, and the runs before it."""
    found = get_object_or_404(SyncRun, pk=pk)
    conflicts = SyncConflict.objects.filter(
        target__name=found.target, found__gte=found.started, found__lte=found.finished
    )
    context = {
        "run": found,
        "name": DIRECTIONS.get(found.direction, found.direction),
        "before": bars(SyncRun.objects.filter(direction=found.direction, target=found.target, pk__lte=pk)),
        "conflicts": conflicts[:100] if found.conflicts else (),
        "counts": [
            (label, getattr(found, name))
            for name, label in (
                *(("read", "Read"), ("inserted", "Inserted"), ("updated", "Updated"), ("deleted", "Deleted")),
                *(("unchanged", "Unchanged"), ("conflicts", "Conflicts"), ("refused", "Refused")),
            )
        ],
    }
    return render(request, "events/run.html", context)


@page
def exported(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    return as_file("sync-runs", COLUMNS, _found(request))


urlpatterns = [
    path("sync-runs/", runs),
    path("sync-runs/sync-runs.csv", exported),
    path("sync-runs/<int:pk>/", run),
]
