import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0029_bills"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "key",
                    models.UUIDField(default=uuid.UUID("00000000-0000-0000-0000-000000000000")),
                ),
                ("key_label", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(help_text="what the model makes", max_length=8)),
                ("tasks", models.IntegerField(default=0)),
                ("completed", models.IntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("lost", models.IntegerField(default=0)),
                ("canceled", models.IntegerField(default=0)),
                (
                    "unknown",
                    models.IntegerField(
                        default=0, help_text="ended, and nobody knows what they cost"
                    ),
                ),
                ("wasted", models.IntegerField(default=0, help_text="failed or lost, but charged")),
                ("estimate", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(default=0)),
                ("charged", models.BigIntegerField(default=0)),
                ("unknown_held", models.BigIntegerField(default=0)),
                ("wasted_charge", models.BigIntegerField(default=0)),
                (
                    "compared_estimate",
                    models.BigIntegerField(
                        default=0, help_text="of completed tasks of which both are known"
                    ),
                ),
                ("compared_charge", models.BigIntegerField(default=0)),
                (
                    "milliseconds",
                    models.BigIntegerField(default=0, help_text="of completed results"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MonthlySubjectUsage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "key",
                    models.UUIDField(default=uuid.UUID("00000000-0000-0000-0000-000000000000")),
                ),
                ("key_label", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(help_text="what the model makes", max_length=8)),
                ("tasks", models.IntegerField(default=0)),
                ("completed", models.IntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("lost", models.IntegerField(default=0)),
                ("canceled", models.IntegerField(default=0)),
                (
                    "unknown",
                    models.IntegerField(
                        default=0, help_text="ended, and nobody knows what they cost"
                    ),
                ),
                ("wasted", models.IntegerField(default=0, help_text="failed or lost, but charged")),
                ("estimate", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(default=0)),
                ("charged", models.BigIntegerField(default=0)),
                ("unknown_held", models.BigIntegerField(default=0)),
                ("wasted_charge", models.BigIntegerField(default=0)),
                (
                    "compared_estimate",
                    models.BigIntegerField(
                        default=0, help_text="of completed tasks of which both are known"
                    ),
                ),
                ("compared_charge", models.BigIntegerField(default=0)),
                (
                    "milliseconds",
                    models.BigIntegerField(default=0, help_text="of completed results"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("model", models.CharField(max_length=64)),
                ("handle", models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="MonthlyUsage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "key",
                    models.UUIDField(default=uuid.UUID("00000000-0000-0000-0000-000000000000")),
                ),
                ("key_label", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(help_text="what the model makes", max_length=8)),
                ("tasks", models.IntegerField(default=0)),
                ("completed", models.IntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("lost", models.IntegerField(default=0)),
                ("canceled", models.IntegerField(default=0)),
                (
                    "unknown",
                    models.IntegerField(
                        default=0, help_text="ended, and nobody knows what they cost"
                    ),
                ),
                ("wasted", models.IntegerField(default=0, help_text="failed or lost, but charged")),
                ("estimate", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(default=0)),
                ("charged", models.BigIntegerField(default=0)),
                ("unknown_held", models.BigIntegerField(default=0)),
                ("wasted_charge", models.BigIntegerField(default=0)),
                (
                    "compared_estimate",
                    models.BigIntegerField(
                        default=0, help_text="of completed tasks of which both are known"
                    ),
                ),
                ("compared_charge", models.BigIntegerField(default=0)),
                (
                    "milliseconds",
                    models.BigIntegerField(default=0, help_text="of completed results"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("model", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddIndex(
            model_name="dailyusage",
            index=models.Index(fields=["model", "day"], name="daily_usage_model"),
        ),
        migrations.AddIndex(
            model_name="dailyusage",
            index=models.Index(
                condition=models.Q(("wasted__gt", 0)), fields=["-day"], name="daily_usage_wasted"
            ),
        ),
        migrations.AddIndex(
            model_name="subjectusage",
            index=models.Index(fields=["handle", "day"], name="subject_usage_handle"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("cost__isnull", False)),
                fields=["model", "-cost"],
                name="task_model_dearest",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailytotal",
            constraint=models.UniqueConstraint(
                fields=("day", "key", "kind"), name="daily_total_once"
            ),
        ),
        migrations.AddIndex(
            model_name="monthlysubjectusage",
            index=models.Index(fields=["handle", "day"], name="monthly_subject_usage_handle"),
        ),
        migrations.AddConstraint(
            model_name="monthlysubjectusage",
            constraint=models.UniqueConstraint(
                fields=("day", "user", "key", "model", "handle"), name="monthly_subject_usage_once"
            ),
        ),
        migrations.AddIndex(
            model_name="monthlyusage",
            index=models.Index(fields=["user", "day"], name="monthly_usage_user"),
        ),
        migrations.AddConstraint(
            model_name="monthlyusage",
            constraint=models.UniqueConstraint(
                fields=("day", "user", "key", "model"), name="monthly_usage_once"
            ),
        ),
    ]
