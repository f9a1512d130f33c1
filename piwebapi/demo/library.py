"""What the elements of the demo plant refer to: servers, units, categories, sets, the table, templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from piwebapi.models import (
    AnalysisTemplate,
    AssetDatabase,
    AssetServer,
    AttributeCategory,
    AttributeTemplate,
    DataServer,
    ElementCategory,
    ElementTemplate,
    EnumerationSet,
    EnumerationValue,
    Table,
    Unit,
    UnitClass,
)
from piwebapi.services import rules
from streaming.core.states import SYSTEM

from . import facts, templates
from .links import link_categories
from .templates import AttributeFacts, TemplateFacts
from .uoms import UNIT_CLASSES


@dataclass
class Library:
    """By name; units by abbreviation, attribute templates by template and name."""

    ids: facts.Ids
    seed: int
    asset_server: AssetServer
    data_server: DataServer
    database: AssetDatabase
    units: dict[str, Unit] = field(default_factory=dict)
    sets: dict[str, EnumerationSet] = field(default_factory=dict)
    element_categories: dict[str, ElementCategory] = field(default_factory=dict)
    attribute_categories: dict[str, AttributeCategory] = field(default_factory=dict)
    templates: dict[str, ElementTemplate] = field(default_factory=dict)
    attribute_templates: dict[tuple[str, str], AttributeTemplate] = field(default_factory=dict)
    analysis_template: AnalysisTemplate | None = None


def load_library(seed: int, layout: facts.Layout) -> Library:
    library = _servers(seed, layout)
    _units(library)
    _digital_sets(library)
    _enumeration_sets(library)
    _categories(library)
    _table(library)
    for template in templates.TEMPLATES:
        _template(library, template)
    _analysis_template(library)
    return library


def _servers(seed: int, layout: facts.Layout) -> Library:
    """Seed and size stay with the database, so that a later start with other settings does not mix plants."""
    ids = facts.Ids(seed)
    asset_server = AssetServer.objects.create(
        id=ids.of(f"\\\\{facts.ASSET_SERVER}"), name=facts.ASSET_SERVER, description="Demo asset server"
    )
    data_server = DataServer.objects.create(
        id=ids.of(f"\\\\{facts.DATA_SERVER}"), name=facts.DATA_SERVER, description="Demo data server"
    )
    properties = {
        "DefaultPIServer": data_server.name,
        "DefaultPIServerID": str(data_server.pk),
        "DemoSeed": seed,
        "DemoTags": layout.tags,
    }
    database = AssetDatabase.objects.create(
        id=ids.of(facts.DATABASE_PATH),
        server=asset_server,
        name=facts.DATABASE,
        description="Production Asset Database",
        extended_properties={name: {"Value": value} for name, value in properties.items()},
    )
    return Library(ids, seed, asset_server, data_server, database)


def _units(library: Library) -> None:
    home = f"\\\\{facts.ASSET_SERVER}\\UOMDatabase"
    classes, units = [], []
    for name, members in UNIT_CLASSES.items():
        id = library.ids.of(f"{home}\\UOMClasses[{name}]")
        classes.append(UnitClass(id=id, server=library.asset_server, name=name))
        units += [
            Unit(
                id=library.ids.of(f"{home}\\{unit.name}"),
                unit_class_id=id,
                **unit.columns,
                canonical=unit is members[0],
                reference_id=None if unit is members[0] else library.ids.of(f"{home}\\{members[0].name}"),
            )
            for unit in members
        ]
    UnitClass.objects.bulk_create(classes)
    Unit.objects.bulk_create(units)
    library.units = {unit.abbreviation: unit for unit in units}


def _set(library: Library, home: str, name: str, states: dict[int, str], **owner: Any) -> EnumerationSet:
    path = f"{home}\\EnumerationSets[{name}]"
    made = EnumerationSet.objects.create(id=library.ids.of(path), name=name, **owner)
    EnumerationValue.objects.bulk_create(
        EnumerationValue(id=library.ids.of(f"{path}\\{text}"), enumeration_set=made, name=text, value=code)
        for code, text in states.items()
    )
    return made


def _digital_sets(library: Library) -> None:
    home = f"\\\\{facts.DATA_SERVER}"
    for name, states in facts.DIGITAL_SETS.items():
        numbered = dict(enumerate(states))
        library.sets[name] = _set(library, home, name, numbered, data_server=library.data_server)
    library.sets["SYSTEM"] = _set(library, home, "SYSTEM", SYSTEM, data_server=library.data_server)


def _enumeration_sets(library: Library) -> None:
    for name, states in facts.ENUMERATION_SETS.items():
        numbered = dict(enumerate(states))
        library.sets[name] = _set(library, facts.DATABASE_PATH, name, numbered, database=library.database)


def _categories(library: Library) -> None:
    for model, found, named in (
        (ElementCategory, library.element_categories, templates.ELEMENT_CATEGORIES),
        (AttributeCategory, library.attribute_categories, templates.ATTRIBUTE_CATEGORIES),
    ):
        for name, description in named.items():
            id = library.ids.in_database(f"{model.COLLECTION}[{name}]")
            found[name] = model(id=id, database=library.database, name=name, description=description)
        model.objects.bulk_create(found.values())


def _table(library: Library) -> None:
    Table.objects.create(
        id=library.ids.in_database(f"Tables[{facts.TABLE}]"),
        database=library.database,
        name=facts.TABLE,
        description="Rated throughput of each kind of equipment in m3/h",
        columns={"Equipment": "String", "Capacity": "Double"},
        rows=[[item.name, item.capacity] for item in facts.EQUIPMENT],
    )


def _template(library: Library, given: TemplateFacts) -> None:
    made = ElementTemplate.objects.create(
        id=library.ids.in_database(f"ElementTemplates[{given.name}]"),
        database=library.database,
        name=given.name,
        description=given.description,
        instance_type=given.instance_type,
        naming_pattern=given.naming_pattern,
        severity=given.severity,
        can_be_acknowledged=given.can_be_acknowledged,
        default_attribute=given.default_attribute,
    )
    library.templates[given.name] = made
    rows = [_attribute_template(library, made, item) for item in given.attributes]
    AttributeTemplate.objects.bulk_create(rows)
    library.attribute_templates |= {(given.name, row.name): row for row in rows}
    link_categories(ElementTemplate, [(made.pk, library.element_categories[name].pk) for name in given.categories])
    link_categories(
        AttributeTemplate,
        [
            (row.pk, library.attribute_categories[item.category].pk)
            for row, item in zip(rows, given.attributes, strict=True)
        ],
    )


def _attribute_template(library: Library, home: ElementTemplate, item: AttributeFacts) -> AttributeTemplate:
    return AttributeTemplate(
        id=library.ids.in_database(f"ElementTemplates[{home.name}]|{item.name}"),
        element_template=home,
        name=item.name,
        trail=item.name,
        description=item.description,
        type=item.type,
        unit=library.units[item.unit] if item.unit else None,
        enumeration_set=library.sets[item.enumeration_set] if item.enumeration_set else None,
        data_reference=item.data_reference,
        config_string=item.config_string,
        is_configuration_item=item.is_configuration_item,
        value=item.value,
    )


def _analysis_template(library: Library) -> None:
    library.analysis_template = AnalysisTemplate.objects.create(
        id=library.ids.in_database(f"AnalysisTemplates[{facts.ANALYSIS}]"),
        database=library.database,
        name=facts.ANALYSIS,
        description="Measured power in percent of the apparent power",
        target=library.templates[templates.UNIT.name],
    )
    rules.put({library.analysis_template: templates.ANALYSIS_RULE})
