"""Where each kind of AF object and point is found: the finders of `access`.

Paths are those of the vendor's reference, topic path syntax. Each look-up is one query: servers and
databases are conditions on joined rows.
"""

from . import elements, library, notifications, rules, servers


def register_all() -> None:
    """Called once, when the app is ready."""
    for family in (servers, library, elements, rules, notifications):
        family.register_all()
