from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def drop_leases_of_old_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nobody holds them while tables change; whoever works next makes its own."""
    leases = apps.get_model("generation", "Lease").objects
    leases.filter(name="pump").delete()
    leases.filter(name__startswith="bell:").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0012_lists_and_census"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("Turn", "turn_once"),
        migrations.RenameModel("Turn", "QueueShare"),
        migrations.AddConstraint(
            "QueueShare",
            models.UniqueConstraint(fields=["key", "owner"], name="queue_share_once"),
        ),
        migrations.RunPython(drop_leases_of_old_names, migrations.RunPython.noop),
    ]
