import uuid

from django.db import migrations, models


def forget(apps, schema_editor):
    """What is added up is added up anew when all is migrated (generation/apps.py)."""
    for name in ("DailyUsage", "SubjectUsage"):
        apps.get_model("generation", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("generation", "0024_audit_append_only")]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.RemoveConstraint("subjectusage", "subject_usage_once"),
        migrations.AddField(
            "subjectusage", "key", models.UUIDField(default=uuid.UUID(int=0))
        ),
        migrations.AddField(
            "subjectusage", "key_label", models.CharField(blank=True, max_length=80)
        ),
        migrations.AddField(
            "subjectusage",
            "model",
            models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            "subjectusage",
            "kind",
            models.CharField(default="", help_text="what the model makes", max_length=8),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "subjectusage",
            models.UniqueConstraint(
                fields=("day", "user", "key", "model", "handle"), name="subject_usage_each_once"
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(("cost__isnull", False)), fields=["-cost"], name="task_dearest"
            ),
        ),
    ]
