"""What the forms of people and subjects ask for, in which order and how much of it."""

import pytest

from generation.forms.people import SetupForm
from generation.forms.subjects import SubjectForm
from tests.forms.test_vectors import post


def test_the_set_up_asks_for_the_password_before_its_repetition():
    assert list(SetupForm().fields) == ["token", "username", "email", "password1", "password2"]


@pytest.mark.django_db
def test_a_subject_says_what_its_fields_are_for(alice):
    form = SubjectForm(user=alice)
    assert "@handle" in form["handle"].help_text
    assert form["voice_id"].label == "Voice"
    assert 'rows="3"' in str(form["notes"])


@pytest.mark.django_db
def test_endless_addresses_of_a_subject_are_refused(alice):
    data = post({"handle": "rex", "title": "Rex", "image_urls": "x" * 20_001})
    form = SubjectForm(data, user=alice)
    assert "20000 characters" in form.errors["image_urls"][0]
