from django.db import migrations

REFUSED = "'refused', 'input'"
"""Reasons of what cost nothing although it may have left."""

KNOWN = f"(cost IS NOT NULL OR (finished_at IS NOT NULL AND NOT was_held AND (sent_at IS NULL OR reason IN ({REFUSED}))))"

NO_KEY = "00000000-0000-0000-0000-000000000000"

LINES = (
    ("estimate", "COALESCE(estimate, 0)", "created_at", "1 = 1"),
    ("reserved", "COALESCE(estimate, 0)", "created_at", "1 = 1"),
    ("charged", "cost", "COALESCE(generated_at, finished_at, created_at)", "cost IS NOT NULL"),
    (
        "released",
        "estimate",
        "COALESCE(generated_at, finished_at, created_at)",
        f"estimate > 0 AND {KNOWN}",
    ),
)

FORBIDDEN = "a line of the ledger is never changed: add another one"

ON_SQLITE = [
    f"CREATE TRIGGER ledger_no_{what.lower()} BEFORE {what} ON generation_ledgerentry "
    f"BEGIN SELECT RAISE(ABORT, '{FORBIDDEN}'); END"
    for what in ("UPDATE", "DELETE")
]
ON_POSTGRESQL = [
    "CREATE OR REPLACE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{FORBIDDEN}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON generation_ledgerentry "
    "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()",
]


def write_lines(apps, schema_editor):
    """Of every task that is there: what its row says of money, in a statement for each kind."""
    no_key = NO_KEY.replace("-", "") if schema_editor.connection.vendor == "sqlite" else NO_KEY
    with schema_editor.connection.cursor() as cursor:
        for kind, amount, at, condition in LINES:
            cursor.execute(
                "INSERT INTO generation_ledgerentry (kind, task_id, user_id, key, key_label, model, "  # noqa: S608
                "amount, discount, reason, created_at) "
                f"SELECT '{kind}', id, owner_id, COALESCE(key_id, '{no_key}'), key_label, model, "
                f"{amount}, '', 'before the ledger', {at} FROM generation_task WHERE {condition}"
            )


def forbid_changes(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in ON_SQLITE if sqlite else ON_POSTGRESQL:
        schema_editor.execute(statement)


def allow_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS ledger_no_update")
        schema_editor.execute("DROP TRIGGER IF EXISTS ledger_no_delete")
    else:
        schema_editor.execute(
            "DROP TRIGGER IF EXISTS ledger_append_only ON generation_ledgerentry"
        )


class Migration(migrations.Migration):
    dependencies = [("generation", "0017_ledger")]

    operations = [
        migrations.RunPython(write_lines, migrations.RunPython.noop),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
