"""How the admin looks and what its sidebar holds; read by the settings, so it imports no models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

#: by noun: (title, icon of Material Symbols, model)
GROUPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Assets": (
        ("Asset servers", "dns", "piwebapi.assetserver"),
        ("Asset databases", "database", "piwebapi.assetdatabase"),
        ("Elements", "account_tree", "piwebapi.element"),
        ("Further places", "alt_route", "piwebapi.elementreference"),
        ("Attributes", "tune", "piwebapi.attribute"),
        ("Analyses", "function", "piwebapi.analysis"),
        ("Analysis rules", "rule_settings", "piwebapi.analysisrule"),
        ("Time rules", "timer", "piwebapi.timerule"),
        ("Notification rules", "notifications", "piwebapi.notificationrule"),
        ("Subscribers", "contact_mail", "piwebapi.notificationrulesubscriber"),
        ("Contacts", "contacts", "piwebapi.notificationcontacttemplate"),
    ),
    "Library": (
        ("Element templates", "layers", "piwebapi.elementtemplate"),
        ("Attribute templates", "format_list_bulleted", "piwebapi.attributetemplate"),
        ("Analysis templates", "functions", "piwebapi.analysistemplate"),
        ("Notification templates", "notification_settings", "piwebapi.notificationruletemplate"),
        ("Enumeration sets", "format_list_numbered", "piwebapi.enumerationset"),
        ("Tables", "table", "piwebapi.table"),
        ("Unit classes", "straighten", "piwebapi.unitclass"),
        ("Units", "square_foot", "piwebapi.unit"),
        ("Element categories", "sell", "piwebapi.elementcategory"),
        ("Attribute categories", "sell", "piwebapi.attributecategory"),
        ("Analysis categories", "sell", "piwebapi.analysiscategory"),
        ("Table categories", "sell", "piwebapi.tablecategory"),
    ),
    "Data archive": (
        ("Data servers", "dns", "piwebapi.dataserver"),
        ("Points", "sensors", "piwebapi.point"),
        ("Archived events", "history", "streaming.archivedevent"),
        ("Archived blocks", "inventory_2", "streaming.archivedblock"),
        ("Value changes", "swap_vert", "streaming.valuechange"),
        ("Annotations of values", "sticky_note_2", "streaming.valueannotation"),
        ("Update registrations", "notifications_active", "streaming.updateregistration"),
    ),
    "Event frames": (
        ("Event frames", "event", "events.eventframe"),
        ("Attributes of event frames", "tune", "events.eventframeattribute"),
        ("Referenced elements", "link", "events.eventframereference"),
        ("Annotations", "chat", "events.annotation"),
        ("Tombstones", "delete_history", "events.eventframetombstone"),
        ("Event rules", "rule", "events.eventrule"),
        ("Backfills of rules", "history", "events.rulebackfill"),
    ),
    "Synchronisation": (
        ("Targets", "cloud_sync", "events.synctarget"),
        ("Sync runs", "sync", "events.syncrun"),
        ("Conflicts", "compare_arrows", "events.syncconflict"),
        ("Comparisons", "difference", "events.syncreport"),
        ("Refused rows", "block", "events.deadletter"),
        ("Rows in the lake", "table_rows", "events.syncstate"),
        ("Schedules", "schedule", "django_celery_beat.periodictask"),
        ("Intervals", "timer", "django_celery_beat.intervalschedule"),
        ("Crontabs", "calendar_month", "django_celery_beat.crontabschedule"),
        ("Leases", "lock_clock", "events.lease"),
    ),
    "Ingestion": (
        ("Sources", "cloud_download", "events.ingestionsource"),
        ("Jobs", "play_circle", "events.ingestionjob"),
        ("Ingestion runs", "list_alt", "events.ingestionrun"),
        ("Backfills", "history", "events.backfill"),
        ("Quality of data", "fact_check", "events.ingestionquality"),
        ("Streams read", "waterfall_chart", "events.streammark"),
        ("Event frames read", "event_repeat", "events.framemark"),
        ("Commits into the lake", "commit", "events.lakecommit"),
    ),
    "Access": (
        ("Users", "person", "auth.user"),
        ("Groups", "group", "auth.group"),
        ("Permissions", "rule", "auth.permission"),
        ("API tokens", "key", "piwebapi.apitoken"),
        ("Security identities", "shield_person", "piwebapi.securityidentity"),
        ("Security mappings", "conversion_path", "piwebapi.securitymapping"),
        ("Security entries", "shield_lock", "piwebapi.securityentry"),
        ("Changes made here", "manage_history", "admin.logentry"),
    ),
}


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    app, name = model.split(".")
    return lambda request: request.user.has_perm(f"{app}.view_{name}") or request.user.has_perm(f"{app}.change_{name}")


def _item(title: str, icon: str, model: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may_view(model), "model": model}


def theme(request: HttpRequest) -> str | None:
    """The one that was chosen on the pages of the site; None follows the browser and may be chosen here."""
    chosen = request.COOKIES.get("theme")
    return chosen if chosen in ("light", "dark") else None


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "osipi",
    "SITE_HEADER": "osipi",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_SYMBOL": "ssid_chart",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("site/favicon.svg")}],
    "SITE_DROPDOWN": [
        {"icon": "home", "title": "Home", "link": "/"},
        {"icon": "account_tree", "title": "Explorer", "link": "/elements/"},
        {"icon": "event", "title": "Events", "link": "/events/"},
        {"icon": "api", "title": "PI Web API", "link": "/piwebapi/"},
    ],
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_HISTORY": True,
    "THEME": theme,
    "ENVIRONMENT": "osipi_site.admin_guard.environment",
    "SCRIPTS": [lambda request: static("osipi_site/keyboard.js")],
    "STYLES": [lambda request: static("osipi_site/admin.css")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {"title": group, "separator": True, "collapsible": True, "items": [_item(*item) for item in items]}
            for group, items in GROUPS.items()
        ],
    },
    "LOGIN": {"form": "osipi_site.sign_in.AdminSignIn"},
    "COMMAND": {"search_models": False, "show_history": False},
}
