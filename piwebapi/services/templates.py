"""The attributes that an element gets from its template.

Attribute templates are inherited: an element has those of its template and of all its base templates; of
several with one name the nearest to the element's template counts (vendor: PI AF, derived templates).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from piwebapi.core.chunks import chunks
from piwebapi.models import Attribute, AttributeTemplate, Element, ElementTemplate

from . import points

#: what an attribute takes over from its template. The config string keeps its %parameters%: they are filled
#: in when it is read, so that renaming an element re-aims its references.
COPIED = (
    *("name", "description", "trail", "type", "enumeration_set_id", "unit_id", "display_digits"),
    *("data_reference", "config_string", "trait_name", "value"),
    *("is_configuration_item", "is_excluded", "is_hidden", "is_manual_data_entry"),
)

Inherited = Mapping[UUID, Sequence[AttributeTemplate]]


def instantiate(elements: Sequence[Element], *, now: int, find_points: bool = True) -> list[Attribute]:
    """Creates the attributes that the elements lack, and finds their points. Returns the created ones.

    `now` (ticks) becomes the time of the static values. `find_points` off is for callers that change the
    attributes further and then call `points.resolve`. Safe to repeat. Queries: three, and about five for each
    500 elements.
    """
    created = _add(elements, inherited({e.template_id for e in elements if e.template_id}), now)
    if find_points:
        points.resolve(created)
    return created


def spread(template: AttributeTemplate, *, now: int) -> list[Attribute]:
    """Gives a new attribute template to the elements that exist already, those of derived templates too.

    Attribute templates above and below it in its trail come along. An element that has an attribute of the
    name already (its own, or from a nearer template) keeps that.
    """
    heirs = derived([template.element_template_id])
    key = template.trail_key
    wanted = {heir: [row for row in rows if _in_line(row.trail_key, key)] for heir, rows in inherited(heirs).items()}
    elements = Element.objects.filter(template__in=heirs).only("id", "name", "path", "database_id", "template_id")
    created = _add(list(elements), wanted, now)
    points.resolve(created)
    return created


def derived(template_ids: Iterable[UUID]) -> set[UUID]:
    """The templates themselves and all that are based on them, over any number of levels."""
    found = set(template_ids)
    fresh = found
    while fresh:
        fresh = set(ElementTemplate.objects.filter(base__in=fresh).values_list("id", flat=True)) - found
        found |= fresh
    return found


def inherited(template_ids: Iterable[UUID]) -> dict[UUID, list[AttributeTemplate]]:
    """Per element template its own and inherited attribute templates, parents before their children.

    Their categories are prefetched. Works for templates of elements and of event frames. Three queries.
    """
    lineages = _lineages(set(template_ids))
    rows = AttributeTemplate.objects.filter(element_template__in={t for line in lineages.values() for t in line})
    of: dict[UUID, list[AttributeTemplate]] = {}
    for row in rows.prefetch_related("categories"):
        of.setdefault(row.element_template_id, []).append(row)
    result: dict[UUID, list[AttributeTemplate]] = {}
    for template_id, line in lineages.items():
        nearest: dict[str, AttributeTemplate] = {}
        for ancestor in line:
            for row in of.get(ancestor, ()):
                nearest.setdefault(row.trail_key, row)
        result[template_id] = sorted(nearest.values(), key=lambda row: (row.trail.count("|"), row.trail_key))
    return result


def _lineages(template_ids: set[UUID]) -> dict[UUID, list[UUID]]:
    """Per template the ids of itself, its base, the base of that ...; a circle ends where it closes."""
    around = ElementTemplate.objects.filter(database__elementtemplate_set__in=template_ids).distinct()
    bases = dict(around.values_list("id", "base_id"))
    lineages: dict[UUID, list[UUID]] = {}
    for template_id in template_ids & bases.keys():
        line: list[UUID] = []
        here: UUID | None = template_id
        while here is not None and here not in line:
            line.append(here)
            here = bases.get(here)
        lineages[template_id] = line
    return lineages


def _in_line(trail_key: str, key: str) -> bool:
    """The same trail, one above it or one below it."""
    return trail_key == key or key.startswith(f"{trail_key}|") or trail_key.startswith(f"{key}|")


def _add(elements: Sequence[Element], wanted: Inherited, now: int) -> list[Attribute]:
    created: list[Attribute] = []
    elements = [element for element in elements if wanted.get(element.template_id)]
    with transaction.atomic():
        for some in chunks(elements):
            created += _add_to(some, wanted, now)
    return created


def _add_to(elements: Sequence[Element], wanted: Inherited, now: int) -> list[Attribute]:
    trails = {row.trail_key for element in elements for row in wanted[element.template_id]}
    present = Attribute.objects.filter(element__in=[element.pk for element in elements], trail_key__in=trails)
    known = {(owner, trail): pk for owner, trail, pk in present.values_list("element_id", "trail_key", "id")}
    created: list[Attribute] = []
    links = []
    for element in elements:
        for template in wanted[element.template_id]:
            if (element.pk, template.trail_key) in known:
                continue
            above = template.trail_key.rpartition("|")[0]
            attribute = instance(template, now)
            attribute.element = element
            attribute.parent_id = known.get((element.pk, above)) if above else None
            known[element.pk, template.trail_key] = attribute.pk
            created.append(attribute)
            links += [(attribute.pk, category.pk) for category in template.categories.all()]
    Attribute.objects.bulk_create(created, batch_size=1000)
    link = Attribute.categories.through
    link.objects.bulk_create(
        [link(attribute_id=owner, attributecategory_id=category) for owner, category in links],
        batch_size=2000,
    )
    return created


def instance(template: AttributeTemplate, now: int) -> Attribute:
    """An attribute as its template describes it, not saved, without element and parent."""
    fields = {name: getattr(template, name) for name in COPIED}
    return Attribute(template=template, value_ticks=None if template.value is None else now, **fields)
