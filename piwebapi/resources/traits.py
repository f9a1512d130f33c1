"""Attribute traits: they have names instead of WebIds."""

from __future__ import annotations

from typing import Any

from piwebapi.api import params
from piwebapi.api.answers import FLAG, LINKS, TEXT, answers, listed, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core import traits
from piwebapi.core.errors import NotFound
from piwebapi.core.traits import Trait

_FLAGS = (
    *("AllowChildAttributes", "AllowDuplicates", "IsAllowedOnRootAttribute", "IsTypeInherited", "IsUOMInherited"),
    *("RequireNumeric", "RequireString"),
)
TRAIT = record(Name=TEXT, Abbreviation=TEXT, **dict.fromkeys(_FLAGS, FLAG), Links=LINKS)


def shown(call: Call, trait: Trait) -> dict[str, Any]:
    return {
        "Name": trait.name,
        "Abbreviation": trait.abbreviation,
        "AllowChildAttributes": False,
        "AllowDuplicates": trait.name in ("Forecast", "Reason"),
        "IsAllowedOnRootAttribute": trait.on_root,
        "IsTypeInherited": trait.inherits,
        "IsUOMInherited": trait.inherits,
        "RequireNumeric": trait.numeric,
        "RequireString": trait.textual,
        "Links": {"Self": f"{call.base}/attributetraits/{trait.name}"},
    }


@answers(listed(TRAIT))
def by_category(call: Call) -> Reply:
    return Reply(200, {"Links": {}, "Items": [shown(call, trait) for trait in traits.of_categories(call["category"])]})


@answers(TRAIT)
def by_name(call: Call) -> Reply:
    trait = traits.named(call.path["name"])
    if trait is None:
        raise NotFound(f"There is no attribute trait '{call.path['name']}'.")
    return Reply(200, shown(call, trait))


CATEGORY = params.text("category", many=True, about="Categories of traits, or 'all'; repeat the parameter.")
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("AttributeTrait_GetByCategory", "GET", "attributetraits", by_category, (CATEGORY, params.SELECTED_FIELDS)),
    Endpoint("AttributeTrait_Get", "GET", "attributetraits/{name}", by_name, (params.SELECTED_FIELDS,)),
)
