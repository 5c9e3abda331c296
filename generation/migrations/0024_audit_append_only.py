from django.db import migrations, models

CHANGED = "a line of the audit log is never changed"
REMOVED = "a line of the audit log is only removed when it is older than the setting says"
LEAST_DAYS = 30

ON_SQLITE = [
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON generation_auditevent "
    f"BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON generation_auditevent "
    f"WHEN OLD.at >= strftime('%Y-%m-%d %H:%M:%S', 'now', '-{LEAST_DAYS} days') "
    "OR NOT EXISTS (SELECT 1 FROM generation_counter WHERE name = 'audit-pruning') "
    f"BEGIN SELECT RAISE(ABORT, '{REMOVED}'); END",
]
ON_POSTGRESQL = [
    "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION '{CHANGED}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
    f"IF OLD.at >= now() - interval '{LEAST_DAYS} days' "
    "OR NOT EXISTS (SELECT 1 FROM generation_counter WHERE name = 'audit-pruning') "
    f"THEN RAISE EXCEPTION '{REMOVED}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
    "RETURN OLD; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON generation_auditevent "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
]


def forbid(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in ON_SQLITE if sqlite else ON_POSTGRESQL:
        schema_editor.execute(statement)


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_no_update")
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
    else:
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_append_only ON generation_auditevent")


class Migration(migrations.Migration):
    dependencies = [("generation", "0023_over_budget")]

    operations = [
        migrations.AddIndex("auditevent", models.Index(fields=["at"], name="audit_at")),
        migrations.AddIndex("auditevent", models.Index(fields=["what", "-id"], name="audit_what")),
        migrations.RunPython(forbid, allow),
    ]
