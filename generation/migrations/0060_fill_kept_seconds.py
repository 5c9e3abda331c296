from django.conf import settings
from django.db import migrations

MARKS = (
    ("generation_favourite", ""),
    ("generation_review", "WHERE verdict = 'approved'"),
    ("generation_collectionitem", ""),
    ("generation_download", ""),
)
MARKED = " UNION ".join(f"SELECT task_id FROM {table} {only}" for table, only in MARKS)  # noqa: S608

NO_KEY = "00000000-0000-0000-0000-000000000000"
SECONDS = "SELECT SUM(o.duration) FROM generation_output o WHERE o.task_id = t.id"
BOOKED = (
    "SELECT l.key FROM generation_ledgerentry l "
    "WHERE l.task_id = t.id AND l.kind = 'estimate' ORDER BY l.id LIMIT 1"
)
PLACE = "k.user_id = {0}.user_id AND k.key = {0}.key AND k.model = {0}.model"
OF_SUBJECT = (
    "EXISTS (SELECT 1 FROM generation_tasksubject s "
    "WHERE s.task_id = k.task_id AND s.handle = {0}.handle)"
)


def fill(apps, schema_editor):
    """From the marks that are there; the triggers that go on from here come after all migrations."""
    sqlite = schema_editor.connection.vendor == "sqlite"
    if sqlite:
        day, no_key = "django_datetime_cast_date(t.created_at, %s, 'UTC')", NO_KEY.replace("-", "")
        month = "date({0}.day, '+1 month')"
    else:
        day, no_key = "timezone(%s, t.created_at)::date", NO_KEY
        month = "({0}.day + interval '1 month')::date"
    zone = settings.TEAM_TIME_ZONE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("INSERT INTO generation_teamzone (name) VALUES (%s)", [zone])
        cursor.execute(
            "INSERT INTO generation_keptresult (task_id, day, user_id, key, model, milliseconds) "  # noqa: S608
            f"SELECT * FROM (SELECT t.id, {day}, t.owner_id, COALESCE(({BOOKED}), t.key_id, '{no_key}'), "
            f"t.model, CAST(FLOOR(COALESCE(({SECONDS}), 0) * 1000 + 0.5) AS bigint) AS milliseconds "
            f"FROM generation_task t WHERE t.state = 'completed' AND t.id IN ({MARKED})"
            ") kept WHERE milliseconds > 0",
            [zone],
        )
        for table, monthly, by_subject in (
            ("dailyusage", False, False),
            ("monthlyusage", True, False),
            ("subjectusage", False, True),
            ("monthlysubjectusage", True, True),
        ):
            name = f"generation_{table}"
            days = f"k.day >= {name}.day AND k.day < {month}" if monthly else f"k.day = {name}.day"
            subject = f" AND {OF_SUBJECT}" if by_subject else ""
            meant = f"{days} AND {PLACE}{subject}".replace("{0}", name)
            cursor.execute(
                f"UPDATE {name} SET kept = COALESCE((SELECT SUM(k.milliseconds) "  # noqa: S608
                f"FROM generation_keptresult k WHERE {meant}), 0) "
                f"WHERE EXISTS (SELECT 1 FROM generation_keptresult k WHERE {meant})"
            )
        cursor.execute(
            "UPDATE generation_dailytotal SET kept = COALESCE((SELECT SUM(d.kept) "
            "FROM generation_dailyusage d WHERE d.day = generation_dailytotal.day "
            "AND d.key = generation_dailytotal.key AND d.kind = generation_dailytotal.kind), 0)"
        )


def empty(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in ("keptresult", "teamzone"):
            cursor.execute(f"DELETE FROM generation_{table}")  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("generation", "0059_kept_seconds")]

    operations = [migrations.RunPython(fill, empty)]
