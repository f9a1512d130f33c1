"""One synchronisation of event frames with the lake: first what others have written there, then what has changed here.

In this order each conflict is seen before our version is written over theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from events import log, runs
from events.export import export
from events.ingest import ingest
from events.lakehouse.configured import configured_gateway
from events.lakehouse.gateway import Gateway, GatewayError
from events.models.sync import SyncRun
from events.runs import Options
from events.targets import target_of

UNCONFIGURED = "settings"


def open_gateway() -> Gateway:
    """The table that the settings ask for; opens no connection yet."""
    return configured_gateway(settings.OSIPI_DATA_DIR, settings.DATABRICKS)


def synchronise(now: datetime, options: Options) -> list[SyncRun]:
    """One run for each direction that was due. Settings that name no usable table are a failed run too."""
    try:
        gateway = open_gateway()
    except GatewayError as error:
        run = SyncRun(target=UNCONFIGURED, table="the lake as configured", started=now, finished=now)
        return [runs.failed(run, error.sentence, error.permanent, now)]
    gateway.keep = options.keep
    try:
        done = []
        if options.direction != "to" and (options.asked or _is_due(gateway, now)):
            done.append(ingest(gateway, now, options))
        if options.direction != "from" and not any(run.is_broken for run in done):
            done.append(export(gateway, now, options))
        return done
    finally:
        gateway.close()


def _is_due(gateway: Gateway, now: datetime) -> bool:
    """A table that costs money is read when it is to be written anyway, else only from time to time."""
    target = target_of(gateway)
    if not gateway.metered or target.read is None or log.is_waiting(target.mark):
        return True
    return now - target.read >= timedelta(seconds=settings.OSIPI_LAKE["read_seconds"])
