"""`manage.py event_rules`: rules that make event frames, by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from events.models.rules import EventRule
from events.rules import evaluation
from piwebapi.core.errors import ApiError
from piwebapi.core.times import format_ticks, from_datetime, parse_time


class Command(BaseCommand):
    help = "Lists rules; evaluates them up to now (--once); tries one out, or makes the frames of a past range."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--once", action="store_true", help="evaluate every rule that is switched on")
        what.add_argument("--try", dest="trial", metavar="RULE", help="tell what it would make; write nothing")
        what.add_argument("--backfill", metavar="RULE", help="make what it would have made")
        parser.add_argument("--start", default="*-1d", help="a PI time; by default a day ago")
        parser.add_argument("--end", default="*", help="a PI time; by default now")

    def handle(self, *args: Any, once: bool, trial: str, backfill: str, start: str, end: str, **_: Any) -> None:
        try:
            if once:
                for outcome in evaluation.evaluate_due(timezone.now()):
                    counts = f"{outcome.begun} begun, {outcome.ended} ended"
                    told = outcome.error or f"{outcome.elements} elements, {counts}, {outcome.seconds:.2f} s"
                    self.stdout.write(f"{outcome.rule}: {told}")
            elif trial:
                self.try_out(self.rule(trial), *self.range(start, end))
            elif backfill:
                row = evaluation.request_backfill(self.rule(backfill), *self.range(start, end), timezone.now())
                done = evaluation.advance(row, timezone.now())
                self.stdout.write(f"{done.state}: {done.frames} event frames. {done.error}".rstrip())
            else:
                for rule in EventRule.objects.all():
                    until = "never" if rule.until is None else format_ticks(rule.until)
                    on = "on" if rule.enabled else "off"
                    self.stdout.write(f"{rule} ({on}): {rule.start_condition}; up to {until}. {rule.error}".rstrip())
        except ApiError as error:
            raise CommandError(" ".join(error.messages)) from None

    def rule(self, name: str) -> EventRule:
        found = EventRule.objects.select_related("database__server", "frame_template").filter(name=name).first()
        if found is None:
            raise CommandError(f"There is no rule '{name}'.")
        return found

    def range(self, start: str, end: str) -> tuple[int, int]:
        now, zone = from_datetime(timezone.now()), timezone.get_default_timezone()
        return parse_time(start, now=now, zone=zone, name="start"), parse_time(end, now=now, zone=zone, name="end")

    def try_out(self, rule: EventRule, start: int, end: int) -> None:
        trial = evaluation.try_out(rule, start, end, from_datetime(timezone.now()))
        for one in trial.episodes:
            over = "goes on" if one["end"] is None else f"until {format_ticks(one['end'])}"
            self.stdout.write(f"{one['element']}: {format_ticks(one['start'])} {over}")
        more = f" (the first {len(trial.episodes)} are told)" if trial.is_cut else ""
        self.stdout.write(f"{trial.begun} event frames at {trial.elements} elements{more}, {trial.seconds:.1f} s")
