"""Query parameters: each one is defined once, parsed once, and all faults are told together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.utils import timezone

from piwebapi.core import selected, times
from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import FORMS
from piwebapi.core.wildcards import Pattern


@dataclass(frozen=True)
class Moment:
    """What the meaning of a time text depends on."""

    now: int
    zone: tzinfo


Load = Callable[[str, str, Moment], Any]


@dataclass(frozen=True)
class Param:
    """`load(text, name, moment)` gives the value; `default` is a text in the same language."""

    name: str
    load: Load
    default: str | None = None
    many: bool = False
    required: bool = False
    about: str = ""
    choices: tuple[str, ...] = ()

    def parse(self, texts: list[str], moment: Moment) -> Any:
        if self.many:
            if not texts and self.required:
                raise BadRequest(f"The parameter '{self.name}' is required.")
            found = texts or ([self.default] if self.default is not None else [])
            return tuple(self.load(text, self.name, moment) for text in found)
        text = texts[-1] if texts and texts[-1] != "" else None
        if text is None:
            if self.required:
                raise BadRequest(f"The parameter '{self.name}' is required.")
            text = self.default
        return None if text is None else self.load(text, self.name, moment)

    def but(self, **changes: Any) -> Param:
        """The same parameter with another default, or required."""
        return replace(self, **changes)


def max_items() -> int:
    return int(getattr(settings, "OSIPI_MAX_ITEMS", 150_000))


def refuse_above_maximum(name: str, value: int) -> None:
    """Clients look for this very wording and halve their time range."""
    if value > max_items():
        raise BadRequest(f"Parameter '{name}' is greater than the maximum allowed ({max_items()}).")


# -- languages ---------------------------------------------------------------------------------


def _text(text: str, name: str, moment: Moment) -> str:
    return text


def _flag(text: str, name: str, moment: Moment) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if text.strip().lower() not in known:
        raise BadRequest(f"The parameter '{name}' must be true or false, not '{text}'.")
    return known[text.strip().lower()]


def integer(text: str, name: str, moment: Moment | None = None) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise BadRequest(f"The parameter '{name}' must be a whole number, not '{text}'.") from None


def _start_index(text: str, name: str, moment: Moment) -> int:
    value = integer(text, name)
    if value < 0:
        raise BadRequest(f"The parameter '{name}' must not be negative, but is {value}.")
    return min(value, 2**62)


def _count(text: str, name: str, moment: Moment) -> int:
    value = integer(text, name)
    if value <= 0:
        raise BadRequest(f"The parameter '{name}' must be greater than zero, but is {value}.")
    refuse_above_maximum(name, value)
    return value


def _time(text: str, name: str, moment: Moment) -> int:
    return times.parse_time(text, now=moment.now, zone=moment.zone, name=name)


def _interval(text: str, name: str, moment: Moment) -> times.Interval:
    return times.parse_interval(text, name=name)


def _zone(text: str, name: str, moment: Moment) -> tzinfo:
    return times.zone(text)


def _form(text: str, name: str, moment: Moment) -> str:
    form = FORMS.get(text.strip().lower())
    if form is None:
        raise BadRequest(f"The parameter '{name}' has the unknown value '{text}'.")
    return form


def _pattern(text: str, name: str, moment: Moment) -> Pattern:
    return Pattern.parse(text)


def _fields(text: str, name: str, moment: Moment) -> selected.Tree | None:
    return selected.parse(text)


# -- kinds of parameter ------------------------------------------------------------------------


def text(name: str, default: str | None = None, **more: Any) -> Param:
    return Param(name, _text, default, **more)


def flag(name: str, default: str | None = "false", **more: Any) -> Param:
    return Param(name, _flag, default, choices=("true", "false"), **more)


def choice(name: str, values: Iterable[str], default: str | None = None, **more: Any) -> Param:
    known = {value.lower(): value for value in values}

    def load(text: str, name: str, moment: Moment) -> str:
        if text.strip().lower() not in known:
            raise BadRequest(
                f"The parameter '{name}' has the unknown value '{text}'; known are {', '.join(known.values())}."
            )
        return known[text.strip().lower()]

    return Param(name, load, default, choices=tuple(known.values()), **more)


def time(name: str, default: str | None = None, **more: Any) -> Param:
    return Param(name, _time, default, **more)


def interval(name: str, default: str | None = None, **more: Any) -> Param:
    return Param(name, _interval, default, **more)


def pattern(name: str, **more: Any) -> Param:
    return Param(name, _pattern, **more)


def number(name: str, default: str | None = None, **more: Any) -> Param:
    return Param(name, integer, default, **more)


WEB_ID = text("webId", many=True, about="WebIds of the objects; repeat the parameter.")
PATH = text("path", required=True, about="The path of the object.")
PATHS = text("path", many=True, about="Paths of the objects; repeat the parameter.")
NAME = text("name", required=True, about="The name of the object.")
WEB_ID_TYPE = Param(
    "webIdType",
    _form,
    "Full",
    about="The type of the WebIds in the answer.",
    choices=("Full", "IDOnly", "PathOnly", "LocalIDOnly", "DefaultIDOnly"),
)
SELECTED_FIELDS = Param("selectedFields", _fields, about="Fields of the answer, separated by ';', nested with '.'.")
START_INDEX = Param("startIndex", _start_index, "0", about="How many items to leave out.")
MAX_COUNT = Param("maxCount", _count, "1000", about="How many items to answer at most.")
NAME_FILTER = pattern("nameFilter", about="Wildcards: * any characters, ? one, [ab] one of, [!ab] none of.")
DESCRIPTION_FILTER = pattern("descriptionFilter", about="Wildcards as in nameFilter.")
CATEGORY_NAME = text("categoryName", about="Only objects of this category.")
TEMPLATE_NAME = text("templateName", about="Only objects of this template or one derived from it.")
FULL_HIERARCHY = flag("searchFullHierarchy", about="Also what lies deeper than one level.")
SORT_FIELD = text("sortField", "Name", about="The field to sort by.")
SORT_ORDER = choice("sortOrder", ("Ascending", "Descending"), "Ascending", about="The order of the sort.")
SHOW_EXCLUDED = flag("showExcluded", about="Also attributes that are excluded.")
SHOW_HIDDEN = flag("showHidden", about="Also attributes that are hidden.")
ASSOCIATIONS = text("associations", about="Further values: Paths, DataReference; separated by ';'.")
TIME_ZONE = Param("timeZone", _zone, about="The zone of times without one; an IANA or Windows name.")
START_TIME = time("startTime", "*-1d", about="A PI time.")
END_TIME = time("endTime", "*", about="A PI time; before startTime: the answer is in descending order.")

FIELD_QUERY = (
    text("field", "Name", many=True, about="The properties in which `query` is searched; repeat the parameter."),
    text("query", about="A text to search for, with wildcards as in nameFilter."),
    SORT_FIELD,
    SORT_ORDER,
)

#: Every answer with objects takes these.
OBJECT = (WEB_ID_TYPE, SELECTED_FIELDS)


def split(query: str) -> dict[str, list[str]]:
    """Parameter names in lower case. Only '&' separates: ';' belongs to selectedFields.

    As `parse_qsl` does it, in a third of its time where nothing is encoded: a thousand WebIds are common.
    """
    found: dict[str, list[str]] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            if "%" in pair or "+" in pair:
                value = unquote_plus(value)
                if "%" in name or "+" in name:
                    name = unquote_plus(name)
            found.setdefault(name.lower(), []).append(value)
    return found


def parse(params: Iterable[Param], query: Mapping[str, list[str]], now: int) -> dict[str, Any]:
    """The values of all parameters; unknown ones are ignored, all faults go into one 400."""
    faults: list[str] = []
    zone = timezone.get_default_timezone()
    if "timezone" in query and query["timezone"][-1]:
        try:
            zone = times.zone(query["timezone"][-1])
        except BadRequest as error:
            faults += error.messages
    moment = Moment(now, zone)
    values: dict[str, Any] = {"zone": zone, "now": now}
    for param in params:
        try:
            values[param.name] = param.parse(query.get(param.name.lower(), []), moment)
        except BadRequest as error:
            faults += error.messages
    if faults:
        raise BadRequest(*dict.fromkeys(faults))
    return values
