from django.db import migrations

NO_KEY = "00000000-0000-0000-0000-000000000000"
ZONE = "COALESCE((SELECT name FROM generation_teamzone LIMIT 1), 'UTC')"
BOOKED = (
    "SELECT l.key FROM generation_ledgerentry l "
    "WHERE l.task_id = t.id AND l.kind = 'estimate' ORDER BY l.id LIMIT 1"
)
MICROS = "SELECT CAST(ROUND(COALESCE(SUM({}), 0) * 1000000) AS bigint)"
LINES = "FROM generation_ledgerentry l WHERE l.task_id = t.id"
CHARGED = MICROS.format("CASE l.kind WHEN 'charged' THEN l.amount ELSE 0 END")
HELD = MICROS.format(
    "CASE l.kind WHEN 'reserved' THEN l.amount WHEN 'released' THEN -l.amount ELSE 0 END"
)
KEPT = "SELECT r.milliseconds FROM generation_keptresult r WHERE r.task_id = t.id"


def fill(apps, schema_editor):
    """Of what is in collections; the triggers that go on from here come after all migrations."""
    if schema_editor.connection.vendor == "sqlite":
        day, no_key = f"django_datetime_cast_date(t.created_at, {ZONE}, 'UTC')", NO_KEY.replace("-", "")
    else:
        day, no_key = f"timezone({ZONE}, t.created_at)::date", NO_KEY
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE generation_collectionitem SET (day, user_id, key, model, charged, held, kept) = "  # noqa: S608
            f"(SELECT {day}, t.owner_id, COALESCE(({BOOKED}), t.key_id, '{no_key}'), t.model, "
            f"({CHARGED} {LINES}), ({HELD} {LINES}), COALESCE(({KEPT}), 0) "
            "FROM generation_task t WHERE t.id = generation_collectionitem.task_id)"
        )


class Migration(migrations.Migration):
    dependencies = [("generation", "0063_figures_of_collections")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
