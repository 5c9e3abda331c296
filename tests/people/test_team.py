"""The team page: who is there, and what admins do with members."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from generation.models import AuditEvent, Subject, User
from generation.people import members, storage_use
from generation.people.invitations import find, invite
from tests.factories import make_key, make_output, make_subject, make_task

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(client_for, admin):
    return client_for(admin)


def page_of(user):
    return f"/team/{user.public_id}/"


def words_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_shows_who_is_there_and_what_they_do(ada, alice, bob):
    make_task(alice, "processing")
    make_task(alice, "queued")
    make_output(make_task(bob), data=b"x" * 3_000_000)
    storage_use.measure()
    User.objects.filter(pk=alice.pk).update(last_seen_at=timezone.now())
    words = words_of(ada.get("/team/"))
    assert "alice alice@example.com Member $0.00 no limit 2 – Here now" in words
    assert re.search(r"bob bob@example.com Member \$0.00 no limit – [23]\.\d MB Never", words)
    assert "Admin" in words


def test_as_many_queries_for_many_members(ada, make_user, django_assert_num_queries):
    ada.get("/team/")
    with django_assert_num_queries(7):
        ada.get("/team/")
    for number in range(30):
        make_task(make_user(f"member{number}"), "queued")
    with django_assert_num_queries(7):
        ada.get("/team/")


def test_one_finds_people_by_name_and_mail(ada, alice, bob):
    words = words_of(ada.get("/team/?q=ALICE@"))
    assert "alice" in words
    assert "bob@example.com" not in words
    assert "Nobody is called that" in words_of(ada.get("/team/?q=zzz"))


def test_a_large_team_has_pages(ada, make_user):
    User.objects.bulk_create(User(username=f"m{n:03}", folded_name=f"m{n:03}") for n in range(150))
    first = ada.get("/team/").content.decode()
    after = re.search(r"after=(\w+)", first)[1]
    second = ada.get(f"/team/?after={after}").content.decode()
    names = set(re.findall(r"\bm\d{3}\b", first)) | set(re.findall(r"\bm\d{3}\b", second))
    assert len(names) == 150
    assert "More members" not in second


def test_disabled_at_once_for_good_until_enabled(ada, client_for, alice):
    theirs = client_for(alice)
    key, task = make_key(alice), make_task(alice, "processing")
    assert ada.post(page_of(alice), {"active": "0"}).status_code == 302
    assert theirs.get("/").status_code == 302
    assert Client().post("/login/", {"username": "alice", "password": PASSWORD}).status_code == 422
    key.refresh_from_db()
    task.refresh_from_db()
    assert not key.active
    assert task.state == "processing"
    assert "Switched off" in words_of(ada.get("/team/"))
    ada.post(page_of(alice), {"active": "1"})
    assert theirs.get("/").status_code == 302, "an old session has come back"
    assert Client().post("/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
    key.refresh_from_db()
    assert not key.active


def test_role_and_budget_are_set_and_written_down(ada, client_for, alice):
    form = {"role": "admin", "monthly_budget": "12.50", "active": "1"}
    assert ada.post(page_of(alice), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_staff, str(alice.monthly_budget)) == (True, "12.50")
    assert client_for(alice).get("/team/").status_code == 200
    words = set(AuditEvent.objects.values_list("what", "target"))
    assert words == {
        ("person.role-changed", "alice: admin"),
        ("person.budget-changed", "alice: $12.50 a month"),
    }
    ada.post(page_of(alice), {"role": "member", "monthly_budget": "", "active": "1"})
    alice.refresh_from_db()
    assert (alice.is_staff, alice.monthly_budget) == (False, None)
    assert AuditEvent.objects.latest("id").target == "alice: no limit"


def test_what_a_post_leaves_out_stays(ada, alice):
    members.set_budget(alice, 5)
    ada.post(page_of(alice), {"role": "admin"})
    alice.refresh_from_db()
    assert (alice.is_active, alice.monthly_budget, alice.is_staff) == (True, 5, True)


@pytest.mark.parametrize(
    "form",
    [
        {"role": "owner"},
        {"monthly_budget": "-1"},
        {"monthly_budget": "10000001"},
        {"monthly_budget": "x"},
        {"active": "?"},
    ],
)
def test_wrong_values_change_nothing(ada, alice, form):
    assert ada.post(page_of(alice), form).status_code == 422
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_active, alice.monthly_budget) == (False, True, None)


@pytest.mark.parametrize(
    "form", [{"role": "member"}, {"active": "0"}, {"role": "member", "active": "0"}]
)
def test_the_last_admin_stays(ada, admin, make_user, form):
    make_user("gone", is_staff=True, is_active=False)
    answer = ada.post(page_of(admin), form)
    assert answer.status_code == 422
    assert "only admin" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.is_staff
    assert admin.is_active
    assert not AuditEvent.objects.exists()


def test_the_last_admin_stays_in_djangos_admin_too(ada, admin):
    path = f"/admin/generation/user/{admin.pk}/change/"
    form = {"username": "ada", "email": "ada@example.com", "default_visibility": "team"}
    answer = ada.post(path, form | {"is_active": "on", "is_superuser": "on"})
    assert "only admin" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.is_staff


@pytest.mark.parametrize(("field", "value"), [("role", "member"), ("active", "0")])
def test_only_a_superuser_takes_rights_from_a_superuser(ada, client_for, make_user, field, value):
    root = make_user("root", is_staff=True, is_superuser=True)
    zoe = client_for(make_user("zoe", is_staff=True))
    answer = zoe.post(page_of(root), {field: value})
    assert answer.status_code == 422
    assert "root is a superuser. Only a superuser may change this." in answer.content.decode()
    root.refresh_from_db()
    assert (root.is_staff, root.is_superuser, root.is_active) == (True, True, True)
    assert not AuditEvent.objects.exists()
    assert ada.post(page_of(root), {field: value}).status_code == 302
    root.refresh_from_db()
    assert not (root.is_staff and root.is_active)


def test_switched_off_in_djangos_admin_is_switched_off(ada, client_for, alice):
    theirs, key = client_for(alice), make_key(alice)
    path = f"/admin/generation/user/{alice.pk}/change/"
    ada.post(path, {"username": "alice", "email": "a@example.com", "default_visibility": "team"})
    alice.refresh_from_db()
    key.refresh_from_db()
    assert not alice.is_active
    assert alice.disabled_at
    assert not key.active
    members.enable(alice, alice)
    assert theirs.get("/").status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "take_away",
    [lambda one: members.disable(one, one), lambda one: members.change_role(one, "member", one)],
)
def test_two_admins_who_remove_each_other_leave_one(make_user, take_away):
    both = [make_user(name, is_staff=True) for name in ("ada", "zoe")]

    def run(user):
        try:
            return take_away(user)
        except members.LastAdmin:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, both), key=str) == [None, True]
    assert User.objects.active_admins().count() == 1


def test_an_admin_may_step_down_when_another_is_there(ada, make_user, admin):
    make_user("zoe", is_staff=True)
    assert ada.post(page_of(admin), {"role": "member"}).url == "/"
    assert ada.get("/team/").status_code == 404


def test_a_leavers_subjects_go_to_a_colleague(ada, alice, bob):
    make_subject(alice, "rex")
    make_subject(alice, "anna", visibility="private")
    make_subject(bob, "anna", visibility="private")
    answer = ada.post(page_of(alice) + "hand-over/", {"to": str(bob.public_id)}, follow=True)
    assert "2 subjects are now bob" in answer.content.decode()
    handles = Subject.objects.filter(owner=bob).order_by("handle").values_list("handle", flat=True)
    assert list(handles) == ["anna", "anna_2", "rex"]
    hidden = str(Subject.objects.get(handle="anna_2").pk)
    rows = AuditEvent.objects.order_by("pk").values_list("what", "target")
    assert list(rows) == [
        ("subject.changed-private", hidden),
        ("person.handed-over", "alice to bob"),
    ]


def test_a_superusers_work_and_way_in_are_a_superusers_to_give(client_for, make_user, bob):
    root = make_user("root", is_staff=True, is_superuser=True)
    make_subject(root, "rex", visibility="private")
    plain = client_for(make_user("plain", is_staff=True))
    answer = plain.post(page_of(root) + "hand-over/", {"to": str(bob.public_id)})
    assert answer.status_code == 422
    assert "root is a superuser. Only a superuser may change this." in answer.content.decode()
    assert Subject.objects.get().owner == root
    make_user("other", is_staff=True, is_superuser=True)
    User.objects.filter(pk=root.pk).update(is_active=False)
    answer = plain.post(page_of(root), {"active": "1"})
    assert answer.status_code == 422
    assert "Only a superuser may change this." in answer.content.decode()
    root.refresh_from_db()
    assert not root.is_active
    assert not AuditEvent.objects.exists()


def test_who_is_no_admin_any_more_by_djangos_admin_has_no_open_invitations(ada, make_user):
    eve = make_user("eve", is_staff=True)
    _, token = invite(eve, label="Somebody", role="admin")
    form = {"username": "eve", "email": "e@example.com", "default_visibility": "team"}
    path = f"/admin/generation/user/{eve.pk}/change/"
    ada.post(path, form | {"is_active": "on", "is_staff": "on"})
    assert find(token) is not None
    ada.post(path, form | {"is_active": "on"})
    eve.refresh_from_db()
    assert not eve.is_staff
    assert find(token) is None


def test_nobody_is_handed_what_is_not_there(ada, alice, bob):
    make_subject(alice, "rex")
    members.disable(bob, alice)
    for to in (str(bob.public_id), str(alice.public_id), "nonsense", ""):
        answer = ada.post(page_of(alice) + "hand-over/", {"to": to})
        assert answer.status_code == 422
        assert "Choose a colleague of the list." in answer.content.decode()
    assert Subject.objects.get().owner == alice


def test_being_here_is_noted_every_other_minute(
    client_for, alice, time_machine, django_assert_num_queries
):
    time_machine.move_to("2026-11-21T12:00:00Z", tick=False)
    client = client_for(alice)
    client.get("/account/")
    alice.refresh_from_db()
    assert alice.last_seen_at is None, "the login itself says it"
    time_machine.shift(timedelta(minutes=3))
    client.get("/account/")
    alice.refresh_from_db()
    assert alice.is_here
    assert alice.last_seen_at == timezone.now()
    time_machine.shift(timedelta(minutes=1))
    client.get("/account/")
    with django_assert_num_queries(2):
        client.get("/account/")


@pytest.mark.parametrize("given", ["ALICE", "Alice@Example.COM", " alice ", "ａｌｉｃｅ"])
def test_a_name_counts_in_whatever_spelling(alice, given):
    assert User.objects.called(given) == alice


def test_composed_and_decomposed_are_one_name(make_user):
    user = make_user("zo\u00eb")
    assert User.objects.called("ZOE\u0308") == user
    with pytest.raises(Exception, match=r"folded_name|user_name_once"):
        User.objects.create_user("Zo\u00eb")


@pytest.mark.parametrize("given", ["Alice", "ALICE@example.com", "ａｌｉｃｅ"])
def test_one_logs_in_in_any_spelling(alice, given):
    answer = Client().post("/login/", {"username": given, "password": PASSWORD})
    assert answer.status_code == 302


def test_it_shows_what_each_has_spent_of_their_budget(ada, alice):
    members.set_budget(alice, 50)
    words = words_of(ada.get("/team/"))
    assert "$0.00 of $50" in words
    assert "$0.00 of $50" in words_of(ada.get(page_of(alice)))
