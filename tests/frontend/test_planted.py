"""What tests/browser/test_markup.py plants: nothing that people write is left out."""

from contextlib import redirect_stdout
from io import StringIO

from django.apps import apps

from tests.browser import planted
from tests.browser.test_markup import SHOWN

TABLES = {model.__name__: model for model in apps.get_app_config("generation").get_models()}


def test_every_table_with_words_of_others_has_a_row(db):
    """A new table gets one in `_rows`, or its name among those that only the app writes."""
    with redirect_stdout(StringIO()):
        planted.plant("a calm sea at dawn")
    written = {name.partition(".")[0] for name in planted.texts()}
    assert [name for name in written if not TABLES[name].objects.exists()] == []


def test_what_is_left_out_is_there():
    columns = {f"{name}.{field.name}" for name in TABLES for field in TABLES[name]._meta.fields}
    assert set(TABLES) >= planted.MACHINES
    assert columns >= planted.OURS
    assert set(planted.texts()) >= SHOWN
