"""What a minute of rules costs: 1,250 units with 8 signals each, looked at every second. Run by `make bench`.

The demo plant at full size. Eight rules read one signal each; one more reads all eight. The first evaluation looks the
streams up, the following ones remember them. The bar is 2 s for a minute of all signals.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402

own_plant()

import django  # noqa: E402

django.setup(set_prefix=False)

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from events.models.rules import EventRule  # noqa: E402
from events.rules import evaluation  # noqa: E402
from piwebapi.demo.facts import SENSORS  # noqa: E402
from piwebapi.models import AssetDatabase, ElementTemplate  # noqa: E402

TAGS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("load_demo", tags=TAGS, verbosity=0)
    EventRule.objects.all().delete()
    database = AssetDatabase.objects.get(name="ProductionDB")
    units = ElementTemplate.objects.get(database=database, name="ProcessUnitTemplate")
    shared = {"database": database, "element_template": units, "enabled": True}
    conditions = [f"'{sensor.name}' > {sensor.top - 0.02 * (sensor.top - sensor.zero)}" for sensor in SENSORS]
    for sensor, text in zip(SENSORS, conditions, strict=True):
        EventRule.objects.create(name=sensor.name, start_condition=text, true_for_seconds=20, **shared)
    now = timezone.now() - timedelta(hours=1)
    first = measured(now)
    rounds = [measured(now + timedelta(minutes=minute)) for minute in range(1, 6)]
    EventRule.objects.all().delete()
    EventRule.objects.create(name="all", start_condition=" or ".join(conditions), true_for_seconds=20, **shared)
    measured(now)
    joined = min(measured(now + timedelta(minutes=minute)) for minute in range(1, 6))
    elements = first[1]
    print("| a minute of rules, a value a second | seconds | of CPU |\n|---|---|---|")
    print(f"| 8 rules, {elements:,} units, the first time | {first[0]:.2f} | {first[3]:.2f} |")
    print(f"| 8 rules, {elements:,} units (best of 5, frames written: {sum(one[2] for one in rounds)}) | ", end="")
    print(f"{min(one[0] for one in rounds):.2f} | {min(one[3] for one in rounds):.2f} |")
    print(f"| 1 rule over all 8 signals, {elements:,} units | {joined[0]:.2f} | {joined[3]:.2f} |")


def measured(now: object) -> tuple[float, int, int, float]:
    began, busy = time.perf_counter(), time.process_time()
    outcomes = evaluation.evaluate_due(now)  # type: ignore[arg-type]
    assert not any(outcome.error for outcome in outcomes)
    written = sum(one.begun + one.ended for one in outcomes)
    return time.perf_counter() - began, outcomes[0].elements, written, time.process_time() - busy


main()
