"""The library's list stays quick with thousands of subjects, whatever it is sorted by."""

import re
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Subject, SubjectImage, SubjectUse
from tests.factories import make_subject

COUNT = 5000
WALKED = {"generation_subject", "generation_user"}
"""What may be read from end to end: not what has several rows a subject, nor the pictures."""


@pytest.fixture
def thousands(alice, bob):
    first = make_subject(alice, "first")
    image = first.images.get().image
    subjects = Subject.objects.bulk_create(
        Subject(handle=f"s{n}", title=f"Subject {n}", owner=bob if n % 3 else alice)
        for n in range(COUNT)
    )
    SubjectImage.objects.bulk_create(
        SubjectImage(subject=one, image=image, position=place)
        for one in subjects
        for place in range(2)
    )
    SubjectUse.objects.bulk_create(
        SubjectUse(subject=one, number=n % 3 + 1, member=who, visibility="team", tasks=n % 40)
        for n, one in enumerate(subjects)
        for who in (alice, bob)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def scanned(sql):
    """The tables that the database would read from end to end for that."""
    how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table as small as this may well be read whole; not for want of an index.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{how} {sql}")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    return set(re.findall(r"(?:Seq Scan on|SCAN) (\w+)", plan))


def test_only_the_subjects_are_walked_and_a_page_takes_less_than_150_ms(
    thousands, client_for, alice
):
    client = client_for(alice)
    for sort, q in (("used", ""), ("used", "ect 12"), ("cost", ""), ("newest", ""), ("title", "")):
        took = []
        with CaptureQueriesContext(connection) as queries:
            for _ in range(3):
                began = time.process_time()  # what else this machine does is not counted
                answer = client.get("/subjects/", {"sort": sort, "q": q})
                took.append(time.process_time() - began)
        assert b"Show more" in answer.content
        assert min(took) < 0.15, (sort, took)
        asked = {query["sql"] for query in queries if "generation_subject" in query["sql"]}
        assert len(asked) == 3  # they, their pictures, what they were used for
        for sql in asked:
            assert scanned(sql) <= WALKED, (sort, sql)
