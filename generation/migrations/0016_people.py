import unicodedata
import uuid

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def folded(name: str) -> str:
    once = unicodedata.normalize("NFKC", name.strip()).casefold()
    return unicodedata.normalize("NFKC", once)


def name_everybody(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of several accounts whose names fold alike only the first logs in in whatever spelling."""
    taken: set[str] = set()
    for user in apps.get_model("generation", "User").objects.order_by("pk").iterator():
        name = folded(user.username)
        user.public_id = uuid.uuid4()
        user.folded_name = "" if name in taken else name
        user.folded_email = folded(user.email)
        user.save(update_fields=["public_id", "folded_name", "folded_email"])
        taken.add(name)


class Migration(migrations.Migration):
    dependencies = [("generation", "0015_drafts")]

    operations = [
        migrations.AddField("user", "public_id", models.UUIDField(null=True, editable=False)),
        migrations.AddField(
            "user",
            "folded_name",
            models.CharField(blank=True, default="", editable=False, max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            "user",
            "folded_email",
            models.CharField(blank=True, db_index=True, default="", editable=False, max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            "user", "session_version", models.PositiveIntegerField(default=0, editable=False)
        ),
        migrations.AddField("user", "last_seen_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("user", "disabled_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "user",
            "stored_bytes",
            models.BigIntegerField(
                default=0, editable=False, help_text="uploads and results, measured now and then"
            ),
        ),
        migrations.AddField(
            "user",
            "time_zone",
            models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            "user",
            "theme",
            models.CharField(
                choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")],
                default="auto",
                max_length=8,
            ),
        ),
        migrations.AddField("user", "hover_play", models.BooleanField(default=True)),
        migrations.RunPython(name_everybody, migrations.RunPython.noop),
        migrations.AlterField(
            "user",
            "public_id",
            models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                condition=models.Q(("folded_name", ""), _negated=True),
                fields=("folded_name",),
                name="user_name_once",
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=80)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[("member", "Member"), ("admin", "Admin")],
                        default="member",
                        max_length=8,
                    ),
                ),
                (
                    "monthly_budget",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-created_at"]},
        ),
    ]
