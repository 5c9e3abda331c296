"""Single keys can be switched off for an account, not only in one browser."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0039_dearest_by_row")]

    operations = [
        migrations.AddField(
            "user", "single_keys", models.BooleanField(default=True, db_default=True)
        ),
    ]
