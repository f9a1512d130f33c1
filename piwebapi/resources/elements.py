"""Elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import TEXT, answers, listed
from piwebapi.api.links import collections, data, secured, to
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource
from piwebapi.core.chunks import chunks
from piwebapi.core.errors import BadRequest
from piwebapi.models import Attribute, Element
from piwebapi.queries import elements as queries
from piwebapi.services import analyses as analysis_services
from piwebapi.services import attributes as attribute_services
from piwebapi.services import elements as services
from piwebapi.services import notifications
from piwebapi.verbs import children, config, identity, searchbyattribute
from piwebapi.verbs.children import Child
from piwebapi.verbs.searchbyattribute import ByAttribute

from .analyses import ANALYSIS, analyses
from .attributefields import has_children
from .attributes import ATTRIBUTE, LIST_PARAMS, found_endpoints, owned
from .categories import ELEMENT_CATEGORY
from .notifications import RULE as NOTIFICATION_RULE
from .notifications import rules as notification_rules


def ways_of(obj: Element, call: Call) -> list[str]:
    """All paths; the references of the database are read once per request."""
    key = ("ways", obj.database_id)
    if key not in call.memo:
        call.memo[key] = queries.further_places(obj.database)
    return queries.paths(obj, call.memo[key])


ELEMENT = Resource(
    "Element",
    "elements",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.related("TemplateName", "template.name", "template"),
        fields.computed("HasChildren", has_children),
        fields.CATEGORIES,
        fields.properties("ExtendedProperties", "extended_properties"),
        fields.computed("Paths", ways_of, association="Paths"),
    ),
    links=(
        *collections(
            "elements",
            Analyses="analyses",
            Attributes="attributes",
            Elements="elements",
            Categories="categories",
            EventFrames="eventframes",
            NotificationRules="notificationrules",
        ),
        *secured("elements"),
        to("Database", "assetdatabases", lambda obj: obj.database),
        to("Parent", "elements", lambda obj: obj.parent_ref),
        to("Template", "elementtemplates", lambda obj: obj.template),
        *data("streamsets"),
    ),
    sorts=queries.SORTS,
)


def dressed(objs: Sequence[Element]) -> list[Element]:
    return identity.in_order(objs, queries.dressed(Element.objects.all()))


@answers(listed(TEXT))
def paths(call: Call) -> Reply:
    """All paths; with `relativePath` as they continue from the element."""
    element = find(call.caller, call.web_id, "Element")
    more = call["relativePath"] or ""
    return Reply(200, {"Links": {}, "Items": [path + more for path in ways_of(element, call)]})


@answers(None, 204)
def refer(call: Call) -> Reply:
    owner = find(call.caller, call.web_id, call.resource.name, right="write")
    targets = [find(call.caller, text, "Element", right="write") for text in _targets(call)]
    with transaction.atomic():
        for target in targets:
            services.refer(owner, target, call["referenceType"] or "")
    return NO_CONTENT


@answers(None, 204)
def forget(call: Call) -> Reply:
    owner = find(call.caller, call.web_id, call.resource.name, right="write")
    targets = [find(call.caller, text, "Element", right="write") for text in _targets(call)]
    with transaction.atomic():
        services.forget(owner, targets)
    return NO_CONTENT


def _targets(call: Call) -> tuple[str, ...]:
    if not call["referencedElementWebId"]:
        raise BadRequest("The parameter 'referencedElementWebId' is required.")
    return call["referencedElementWebId"]


ELEMENT_LIST = (
    params.NAME_FILTER,
    params.DESCRIPTION_FILTER,
    params.CATEGORY_NAME,
    params.TEMPLATE_NAME,
    params.choice(
        "elementType",
        ("Any", "None", "Measurement", "Flow", "Transfer", "Boundary", "Node", "Other"),
        "Any",
        about="Only elements of this type.",
    ),
    params.SORT_FIELD,
    params.SORT_ORDER,
    params.START_INDEX,
    params.MAX_COUNT,
    params.ASSOCIATIONS,
)
REFERENCED = params.text("referencedElementWebId", many=True, about="WebIds of elements; repeat the parameter.")
REFERENCE_TYPE = params.text("referenceType", about="The name of the reference type.")


def reference_endpoints(owner: Resource) -> tuple[Endpoint, ...]:
    route = f"{owner.segment}/{{webId}}/referencedelements"
    return (
        *children.endpoints(
            owner,
            "referencedelements",
            Child(ELEMENT, queries.referenced),
            get="GetReferencedElements",
            params_of=ELEMENT_LIST,
        ),
        Endpoint(
            f"{owner.name}_AddReferencedElement",
            "POST",
            route,
            refer,
            (REFERENCED, REFERENCE_TYPE),
            resource=owner,
            right="write",
        ),
        Endpoint(
            f"{owner.name}_RemoveReferencedElement",
            "DELETE",
            route,
            forget,
            (REFERENCED,),
            resource=owner,
            right="write",
        ),
    )


def element_endpoints(owner: Resource) -> tuple[Endpoint, ...]:
    """The elements below a database or an element."""
    return children.endpoints(
        owner,
        "elements",
        Child(ELEMENT, queries.children, services.create),
        get="GetElements",
        post="CreateElement",
        params_of=(*ELEMENT_LIST, params.FULL_HIERARCHY),
    )


def _with_all_below(element: Element) -> list[Element]:
    below = Element.objects.filter(queries.branch(element), database=element.database)
    return [element, *below]


def _referring(elements: Iterable[Element]) -> list[Attribute]:
    """The attributes with data references; many elements are asked for in parts, as engines limit lists."""
    keys = [element.pk for element in elements]
    rows = Attribute.objects.select_related("point", "element__database__server").exclude(data_reference="")
    return [row for some in chunks(keys) for row in rows.filter(element__in=some)]


IDENTITY = identity.Identity(services.update, services.delete, dressed=dressed)
ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(ELEMENT, IDENTITY, verbs="get path multiple update delete", params_of=(params.ASSOCIATIONS,)),
    identity.categories_endpoint(ELEMENT, ELEMENT_CATEGORY),
    *element_endpoints(ELEMENT),
    *reference_endpoints(ELEMENT),
    *children.endpoints(
        ELEMENT,
        "attributes",
        Child(ATTRIBUTE, owned, attribute_services.create),
        get="GetAttributes",
        post="CreateAttribute",
        params_of=LIST_PARAMS,
    ),
    *children.endpoints(
        ELEMENT,
        "analyses",
        Child(ANALYSIS, analyses, analysis_services.create),
        get="GetAnalyses",
        post="CreateAnalysis",
        params_of=(params.SORT_FIELD, params.SORT_ORDER, params.START_INDEX, params.MAX_COUNT),
    ),
    *children.endpoints(
        ELEMENT,
        NOTIFICATION_RULE.segment,
        Child(NOTIFICATION_RULE, notification_rules, notifications.create_rule),
        get="GetNotificationRules",
        post="CreateNotificationRule",
    ),
    *found_endpoints(ELEMENT),
    config.endpoint(ELEMENT, config.Configured(_with_all_below, _referring)),
    *searchbyattribute.endpoints(
        ELEMENT,
        ByAttribute(
            queries.children,
            Attribute,
            "element",
            ("AssetDatabase", "Element"),
            (
                params.NAME_FILTER,
                params.DESCRIPTION_FILTER,
                params.CATEGORY_NAME,
                params.FULL_HIERARCHY,
                params.SORT_FIELD,
                params.SORT_ORDER,
                params.START_INDEX,
                params.MAX_COUNT,
                params.ASSOCIATIONS,
            ),
        ),
    ),
    Endpoint(
        "Element_GetPaths",
        "GET",
        "elements/{webId}/paths",
        paths,
        (params.text("relativePath", about="A path that continues from the element."),),
        resource=ELEMENT,
    ),
)
