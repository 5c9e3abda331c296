"""Columns that a full table gets in an instant."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddColumn(migrations.AddField):
    """AddField for a constant `db_default`.

    Django's own writes the table of SQLite anew for it, with all of its rows and indexes.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        field = model._meta.get_field(self.name)
        assert field.has_db_default()
        BaseDatabaseSchemaEditor.add_field(schema_editor, model, field)
