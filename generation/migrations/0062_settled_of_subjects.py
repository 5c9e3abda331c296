from django.db import migrations
from django.db.models import F


def add_settled(apps, schema_editor):
    """What an admin or the bill has settled so far was not in what subjects have cost."""
    used = apps.get_model("generation", "TaskSubject").objects.filter(
        use__isnull=False, task__settled__isnull=False, task__finished_at__isnull=False
    )
    uses = apps.get_model("generation", "SubjectUse").objects
    rows = used.order_by().values_list("use", "task__settled", "task__cost")
    for use, settled, cost in list(rows):
        uses.filter(pk=use).update(spent=F("spent") + settled - (cost or 0))


class Migration(migrations.Migration):
    dependencies = [("generation", "0061_comment_events")]

    operations = [migrations.RunPython(add_settled, migrations.RunPython.noop)]
