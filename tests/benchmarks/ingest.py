"""A million values over REST into a local Delta table: server, client and table on this machine. Run by `make bench`.

The demo plant (1,040 sensors, a value a second) behind the real server process; the job reads the last 1,000 seconds of
all sensors in this process. The bar is 1,000,000 values a minute on two cores. Then the same window again, which must
write nothing.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import free_port, own_plant, started  # noqa: E402

PORT = free_port()
own_plant(PORT=PORT)

import django  # noqa: E402

django.setup(set_prefix=False)

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from events.ingestion import jobs, status  # noqa: E402
from events.models.ingest import IngestionJob, IngestionRun, IngestionSource  # noqa: E402

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("load_demo", tags=1_040, verbosity=0)
    IngestionJob.objects.all().delete()
    server = started()
    try:
        source = IngestionSource.objects.get()
        source.requests_per_second = 0  # the demo is in no hurry
        source.save()
        job = IngestionJob.objects.create(
            name="all", source=source, query="*_PV", most_points=2_000, first_seconds=SECONDS, overlap_seconds=10
        )
        first = measured(job)
        again = measured(job)
    finally:
        server.terminate()
        server.wait(10)
    rows = status.counted()["pi_timeseries"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    heads = ("", "values read", "written", "requests", "seconds", "CPU of the client", "values a minute")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for title, (run, seconds, busy) in (("all", first), ("overlap and news", again)):
        told = (title, f"{run.read:,}", f"{run.written:,}", str(run.requests), f"{seconds:.1f}", f"{busy:.1f} s")
        print(f"| {' | '.join((*told, f'{run.read / seconds * 60:,.0f}'))} |")
    print(f"Rows in the table: {rows:,}; written: {first[0].written + again[0].written:,}; peak memory {peak:.0f} MB.")
    assert rows == first[0].written + again[0].written


def measured(job: IngestionJob) -> tuple[IngestionRun, float, float]:
    began, busy = time.perf_counter(), time.process_time()
    run = jobs.run(IngestionJob.objects.select_related("source").get(pk=job.pk), timezone.now())
    assert run.state == "done", run.error
    return run, time.perf_counter() - began, time.process_time() - busy


main()
