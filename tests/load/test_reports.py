"""What is measured of the usage pages are reports, not refusals."""

from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from generation.forms.usage import RangeForm
from generation.money.days import today
from generation.views.usage import SINGLE
from generation.views.usage_tasks import ONLY
from tests.load import reports as bench
from tests.load.reports import LISTS, reports
from tests.load.visitor import MODEL


@pytest.mark.django_db
def test_every_report_of_the_benchmark_is_one(admin, make_user):
    make_user("fake-2")
    found = dict(reports(today(), MODEL, "rex"))
    assert set(LISTS) == set(ONLY)
    assert set(bench.SINGLE) == set(SINGLE)
    for name, address in found.items():
        form = RangeForm(QueryDict(urlsplit(address).query), admin)
        assert form.is_valid(), (name, form.errors)
    assert len(found) > 50
