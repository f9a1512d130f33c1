"""Asset servers that are there already get the entries that new ones are born with."""

from uuid import uuid4

from django.db import migrations, models

READERS = 1 | 32 | 128  # Read, ReadData, Subscribe
ALL = 1023
BORN = (
    ("World", "Everybody who may use the service", "\\Everyone", READERS),
    ("Administrators", "Who may write everywhere", "BUILTIN\\Administrators", ALL),
)


def give_birth(apps, schema_editor):
    models = {
        name: apps.get_model("piwebapi", name)
        for name in ("AssetServer", "SecurityIdentity", "SecurityMapping", "SecurityEntry")
    }
    for server in models["AssetServer"].objects.all():
        for name, description, account, allow in BORN:
            head = {"server": server, "name": name, "name_key": name.upper(), "description": description}
            identity = models["SecurityIdentity"].objects.create(id=uuid4(), **head)
            models["SecurityMapping"].objects.create(id=uuid4(), account=account, identity=identity, **head)
            models["SecurityEntry"].objects.create(
                kind="AssetServer", object_id=server.pk, identity=identity, allow=allow, for_children=True
            )


class Migration(migrations.Migration):
    dependencies = [("piwebapi", "0002_rules_notifications_security")]

    operations = [
        migrations.AddField("securityentry", "removed", models.BooleanField(default=False)),
        migrations.RunPython(give_birth, migrations.RunPython.noop),
    ]
