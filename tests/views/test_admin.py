"""Django's admin: what is in it, for whom, and what never is."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django_q.models import Schedule

from generation import look_only
from generation.admin import site
from generation.look_only import LookOnly
from generation.models import ApiKey, AuditEvent, Output, Subject, Task, TaskEvent, TaskText, User
from tests.factories import make_key, make_output, make_subject, make_task

PASSWORD = "correct horse battery"
SHOWN = {User, Task, Output, TaskEvent, ApiKey, Subject, AuditEvent}
LOOKED_AT = sorted(SHOWN - {User}, key=lambda model: model.__name__)
SECRETS = {
    "vda_CANARY_secret_1", "CANARY-callback-token", "https://cdn.example/CANARY.mp4?sig=1",
}  # fmt: skip


def page(model, name, *args):
    return reverse(f"admin:generation_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def rows(alice):
    """A row of each kind that is looked at, with something secret in every column that may hold it."""
    key = make_key(alice, secret="vda_CANARY_secret_1")
    task = make_task(
        alice, visibility="private", key=key, key_label=key.label, remote_id="remote-1",
        callback_token="CANARY-callback-token",
    )  # fmt: skip
    output = make_output(task)
    Output.objects.update(source_url="https://cdn.example/CANARY.mp4?sig=1")
    event = task.events.create(at=task.created_at, kind="queued", state="queued", text="Queued.")
    audit = AuditEvent.objects.create(who=alice, what="key.added", target="Key")
    subject = make_subject(alice, visibility="private")
    return {type(row): row for row in (key, task, output, event, audit, subject)}


def test_exactly_these_tables_are_there():
    assert set(site._registry) == SHOWN
    assert resolve("/admin/").func.admin_site is site


@pytest.mark.parametrize("model", LOOKED_AT)
def test_it_works(client_for, admin, rows, model):
    client = client_for(admin)
    row = rows[model]
    for address in (
        page(model, "changelist"),
        page(model, "change", row.pk),
        page(model, "history", row.pk),
    ):
        assert client.get(address).status_code == 200
    assert client.get("/admin/").status_code == client.get("/admin/generation/").status_code == 200


@pytest.mark.parametrize("model", LOOKED_AT)
def test_no_page_shows_a_secret_or_a_token(client_for, admin, rows, model):
    client = client_for(admin)
    encrypted = {rows[ApiKey].secret}
    for address in (page(model, "changelist"), page(model, "change", rows[model].pk)):
        html = client.get(address).content.decode()
        for secret in SECRETS | encrypted:
            assert secret not in html
        assert "CANARY" not in html


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Task, "callback_token__startswith=CANARY"),
        (Task, "callback_token__gt=A"),
        (Task, "params__prompt__startswith=A"),
        (Task, "key__secret__startswith=g"),
        (ApiKey, "secret__startswith=gAAAA"),
        (Output, "source_url__contains=sig"),
        (Output, "task__params__prompt__startswith=A"),
        (Output, "file__startswith=outputs"),
        (TaskEvent, "text__startswith=Q"),
        (Subject, "notes__startswith=a"),
        (AuditEvent, "who__password__startswith=md5"),
        (User, "password__startswith=md5"),
        (User, "tasks__params__prompt__startswith=A"),
        (User, "api_keys__secret__startswith=g"),
    ],
)
def test_no_address_asks_what_a_hidden_column_begins_with(client_for, admin, rows, model, query):
    answer = client_for(admin).get(f"{page(model, 'changelist')}?{query}")
    assert answer.status_code in (302, 400)
    assert answer.status_code == 400 or answer.url.endswith("?e=1")


@pytest.mark.parametrize(
    "query",
    [
        "created_at__year=0",
        "created_at__year=99999999999999999999",
        "created_at__gte=9999-12-31T23%3A59%3A59-14%3A00",
        "created_at__lt=0001-01-01T00%3A00%3A00%2B14%3A00",
        "created_at__gte=x",
        "state__regex=(",
    ],
)
def test_what_no_filter_asks_is_refused(client_for, admin, rows, query):
    client = client_for(admin)
    client.raise_request_exception = False
    people = query.replace("created_at", "date_joined").replace("state", "email")
    for model, asked in ((Task, query), (User, people)):
        answer = client.get(f"{page(model, 'changelist')}?{asked}")
        assert answer.status_code == 400 or answer.url.endswith("?e=1")


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Task, "state__exact=completed"),
        (Task, "visibility__exact=private&created_at__lt=2026-02-01T00%3A00Z"),
        (Task, "created_at__gte=2026-01-01T00%3A00Z&created_at__lt=2026-02-01T00%3A00Z"),
        (AuditEvent, "what=key.added"),
        (User, "is_staff__exact=1"),
    ],
)
def test_the_filters_that_are_offered_work(client_for, admin, rows, model, query):
    assert client_for(admin).get(f"{page(model, 'changelist')}?{query}").status_code == 200


def test_a_long_list_is_counted_to_a_thousand_and_says_so(client_for, admin, alice, monkeypatch):
    monkeypatch.setattr(look_only, "MOST", 2)
    tasks = [make_task(alice) for _ in range(2)]
    client = client_for(admin)
    assert "2 tasks" in client.get(page(Task, "changelist")).content.decode()
    tasks.append(make_task(alice))
    answer = client.get(page(Task, "changelist"))
    assert "the first 2 tasks; filters lead to others" in answer.content.decode()
    assert [task.pk for task in answer.context["cl"].result_list] == [
        task.pk for task in reversed(tasks)
    ]


def test_the_pages_name_their_columns_and_none_of_them_is_secret():
    hidden = {"secret", "callback_token", "source_url", "file", "poster"}
    for model, page_of in site._registry.items():
        if isinstance(page_of, LookOnly):
            assert page_of.fields, f"{model.__name__} would show columns that are added later"
            assert not hidden & {*page_of.fields, *page_of.list_display}


def test_no_part_of_a_password_hash_is_shown(client_for, admin, alice):
    html = client_for(admin).get(page(User, "change", alice.pk)).content.decode()
    _, salt, digest = alice.password.split("$")
    assert salt[:4] not in html
    assert digest[:6] not in html
    assert "Reset password" in html


def test_a_task_is_shown_with_its_long_texts(client_for, admin, alice):
    task = make_task(alice, params={"prompt": "Short"})
    TaskText.objects.create(task=task, params={"payload": "long " * 2_000 + "to its end"})
    html = client_for(admin).get(page(Task, "change", task.pk)).content.decode()
    assert "Short" in html
    assert "to its end" in html


@pytest.mark.parametrize("model", LOOKED_AT)
def test_nothing_that_happened_can_be_changed(client_for, admin, rows, model):
    client, row = client_for(admin), rows[model]
    before = model.objects.filter(pk=row.pk).values().get()
    assert client.get(page(model, "add")).status_code == 404
    assert client.post(page(model, "add"), {"what": "x"}).status_code == 404
    assert client.post(page(model, "change", row.pk), {"state": "queued"}).status_code == 404
    assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 404
    action = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    client.post(page(model, "changelist"), action)
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_people_are_disabled_and_never_deleted(client_for, admin, alice):
    client = client_for(admin)
    assert client.post(page(User, "delete", alice.pk), {"post": "yes"}).status_code == 404
    form = {
        "username": "alice", "email": "alice@example.com", "default_visibility": "team",
    }  # fmt: skip
    assert client.post(page(User, "change", alice.pk), form).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    changed = AuditEvent.objects.get(what="person.changed")
    assert (changed.who, changed.target) == (admin, "alice: Active")


def test_a_new_password_is_written_down_without_it(client_for, admin, alice):
    new = "staple-8-orbit"
    form = {"password1": new, "password2": new, "usable_password": "true", "set-password": "1"}
    address = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert client_for(admin).post(address, form).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)
    row = AuditEvent.objects.get()
    assert (row.what, row.target) == ("person.changed", "alice: password")


def queue_addresses():
    for model in apps.get_app_config("django_q").get_models():
        base = f"/admin/django_q/{model._meta.model_name}/"
        yield from (base, f"{base}add/", f"{base}1/", f"{base}1/change/", f"{base}1/delete/")
    yield from ("/admin/django_q/", "/admin/sessions/session/", "/admin/auth/group/")


@pytest.mark.parametrize("address", list(queue_addresses()))
def test_nobody_makes_the_queue_run_things(client_for, admin, address):
    client = client_for(admin)
    schedules = Schedule.objects.count()
    form = {"func": "os.system", "args": "('id',)", "schedule_type": "O", "repeats": "-1"}
    assert client.get(address).status_code == 404
    assert client.post(address, form).status_code == 404
    assert Schedule.objects.count() == schedules


def test_the_only_login_is_the_apps_own(client, admin):
    """Else whoever is locked out there would go on guessing here."""
    right = {"username": "ada", "password": PASSWORD, "next": "/admin/"}
    answer = client.post("/admin/login/", right)
    assert (answer.status_code, answer.url) == (302, "/login/?next=/admin/")
    assert "_auth_user_id" not in client.session
    for address in ("/admin/", "/admin/generation/task/"):
        last, _ = client.get(address, follow=True).redirect_chain[-1]
        assert last == f"/login/?next={address}"


def test_the_own_password_is_changed_on_the_own_page(client_for, admin):
    assert client_for(admin).get("/admin/password_change/").url == "/account/"


def test_members_find_nothing(client_for, alice, rows):
    client = client_for(alice)
    for address in ("/admin/", "/admin/login/", page(Task, "changelist"), "/admin/nowhere/"):
        assert client.get(address).status_code == 404


def test_admins_without_all_rights_find_nothing_either(client_for, make_user, rows):
    client = client_for(make_user("staff", is_staff=True))
    for model, row in rows.items():
        assert client.get(page(model, "changelist")).status_code == 404
        assert client.get(page(model, "change", row.pk)).status_code in (302, 404)
    assert client.get("/admin/").status_code == 200


def test_forms_need_their_token(admin, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    assert client.post(page(User, "change", alice.pk), {"username": "x"}).status_code == 403


LISTS = [
    (Task, ""),
    (Task, "state__exact=failed"),
    (Task, "visibility__exact=private"),
    (Task, "created_at__gte=2026-01-01T00%3A00Z&created_at__lt=2026-02-01T00%3A00Z"),
    (Output, ""),
    (TaskEvent, ""),
    (AuditEvent, ""),
    (AuditEvent, "what=key.added"),
]


@pytest.mark.parametrize(("model", "query"), LISTS)
def test_lists_and_filters_of_long_tables_follow_an_index(client_for, admin, rows, model, query):
    """None reads a whole table, or sorts one, however long the history is."""
    table = model._meta.db_table
    with CaptureQueriesContext(connection) as asked:
        assert client_for(admin).get(f"{page(model, 'changelist')}?{query}").status_code == 200
    selects = [
        q["sql"] for q in asked if q["sql"].startswith("SELECT") and f'"{table}"' in q["sql"]
    ]
    assert selects
    for sql in selects:
        assert plan_of(sql, table) == [], sql


def plan_of(sql, table):
    """The steps that read all of the table without an index, or sort what they found."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            steps = [row[3] for row in cursor.fetchall()]
            # In the order of its own key a table is read only as far as the page goes.
            read = [s for s in steps if s.startswith(f"SCAN {table}") and "INDEX" not in s]
            whole = read if " WHERE " in sql else []
            return whole + [s for s in steps if s.startswith("USE TEMP B-TREE FOR ORDER BY")]
        # Of a few rows it would read all: what it can do without is what counts.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}")
        steps = [row[0].strip() for row in cursor.fetchall()]
        return [
            s for s in steps if f"Seq Scan on {table}" in s or s.startswith(("Sort", "->  Sort"))
        ]
