"""Who gets what, at every address and by both methods: the table of permissions.

A column for each of ROLES, first what GET gets and then what POST gets: `ok` a page, a file or a form
that is refused; `go` a way on; `login` the way to the login; `none` no such thing; `not` no such
method. Who is disabled gets what a stranger gets, and an admin of before what a member gets.
An address without a row fails.
"""

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.gallery.sharing import Wish, share
from generation.library.subjects import version_of
from generation.models import (
    BulkJob,
    Collection,
    Comment,
    Preset,
    SavedSearch,
    Snippet,
    Subject,
    User,
)
from generation.people import members
from generation.people.portraits import keep_portrait
from tests.factories import make_output, make_subject, make_task
from tests.forms.helpers import images_of
from tests.views.kinds import OF_OBJECTS, WITH_TOKEN
from tests.views.test_walker import NAMED, address, private

__all__ = ["private"]

ROLES = ("anonymous", "member", "owner", "admin", "superuser")
SAME = {"disabled": "anonymous", "demoted": "member"}
GIVEN = {
    "subject-hand-over": {"to": "bob"},
    "subject-restore-version": {"number": "1"},
    "budgets": {"scope": "team", "monthly_budget": "5"},
}
WORDS = {200: "ok", 204: "ok", 422: "ok", 404: "none", 405: "not"}
PRIVATE = """
account                  login ok    ok    ok    ok    | login ok    ok    ok    ok
alert-active             login not   not   not   not   | login none  none  go    go
alert-delete             login not   not   not   not   | login none  none  go    go
alert-test               login not   not   not   not   | login none  none  go    go
alerts                   login none  none  ok    ok    | login none  none  ok    ok
webhook-active           login not   not   not   not   | login none  none  go    go
webhook-delete           login not   not   not   not   | login none  none  go    go
webhook-test             login not   not   not   not   | login none  none  go    go
webhooks                 login none  none  ok    ok    | login none  none  ok    ok
audit                    login none  none  ok    ok    | login not   not   not   not
audit-export             login none  none  ok    ok    | login not   not   not   not
bill                     login none  none  ok    ok    | login none  none  ok    ok
bill-delete              login not   not   not   not   | login none  none  go    go
bill-export              login none  none  ok    ok    | login not   not   not   not
bill-match               login not   not   not   not   | login none  none  go    go
bill-settle              login not   not   not   not   | login none  none  ok    ok
budget-decide            login not   not   not   not   | login none  none  ok    ok
budgets                  login none  none  ok    ok    | login none  none  go    go
callback                 not   not   not   not   not   | none  none  none  none  none
changes                  login ok    ok    ok    ok    | login not   not   not   not
compare                  login ok    ok    ok    ok    | login ok    ok    ok    ok
bulk-job                 login none  ok    none  none  | login not   not   not   not
collection               login none  ok    none  none  | login none  ok    none  none
collection-arrange       login not   not   not   not   | login none  go    none  none
collection-choose        login ok    ok    ok    ok    | login not   not   not   not
collection-delete        login not   not   not   not   | login none  go    none  none
collection-download      login none  go    none  none  | login not   not   not   not
collection-share         login none  ok    none  none  | login none  ok    none  none
collections              login ok    ok    ok    ok    | login ok    ok    ok    ok
comment                  login none  ok    none  none  | login none  ok    none  none
comment-delete           login not   not   not   not   | login none  go    none  none
composer                 login not   not   not   not   | login ok    ok    ok    ok
confirm                  login go    go    go    go    | login ok    ok    ok    ok
draft                    login not   not   not   not   | login ok    ok    ok    ok
draft-afresh             login not   not   not   not   | login go    go    go    go
engine                   login none  none  ok    ok    | login not   not   not   not
engine-release           login not   not   not   not   | login none  none  go    go
facets                   login ok    ok    ok    ok    | login not   not   not   not
forgotten                none  none  none  none  none  | none  none  none  none  none
handle-check             login ok    ok    ok    ok    | login not   not   not   not
image                    login none  ok    ok    ok    | login not   not   not   not
image-thumbnail          login none  ok    ok    ok    | login not   not   not   not
digest-stop              none  none  none  none  none  | none  none  none  none  none
invitation               none  none  none  none  none  | none  none  none  none  none
invitation-renew         login not   not   not   not   | login none  none  ok    ok
invitation-withdraw      login not   not   not   not   | login none  none  go    go
invite                   login none  none  go    go    | login none  none  ok    ok
key                      login none  ok    none  none  | login not   not   not   not
key-active               login not   not   not   not   | login none  go    none  none
key-delete               login not   not   not   not   | login none  go    none  none
key-limit                login not   not   not   not   | login none  go    none  none
key-members              login not   not   not   not   | login none  none  none  none
key-secret               login not   not   not   not   | login none  ok    none  none
key-test                 login not   not   not   not   | login none  go    none  none
keys                     login ok    ok    ok    ok    | login ok    ok    ok    ok
login                    ok    go    go    go    go    | ok    go    go    go    go
login-passkey            not   not   not   not   not   | ok    ok    ok    ok    ok
logout                   login not   not   not   not   | login go    go    go    go
member                   login none  none  ok    ok    | login none  none  go    go
member-factors           login not   not   not   not   | login none  none  go    go
member-hand-over         login not   not   not   not   | login none  none  ok    ok
member-password          login not   not   not   not   | login none  none  ok    ok
mention-list             login ok    ok    ok    ok    | login not   not   not   not
metrics                  none  none  none  none  none  | not   not   not   not   not
output                   login none  ok    ok    ok    | login not   not   not   not
output-picture           login none  ok    ok    ok    | login not   not   not   not
output-poster            login none  ok    ok    ok    | login not   not   not   not
output-use               login not   not   not   not   | login none  go    go    go
password-reset           none  none  none  none  none  | none  none  none  none  none
notices                  login ok    ok    ok    ok    | login not   not   not   not
notices-read             login not   not   not   not   | login go    go    go    go
person-picture           login ok    ok    ok    ok    | login not   not   not   not
preset                   login not   not   not   not   | login none  ok    none  none
preset-default           login not   not   not   not   | login none  go    none  none
preset-delete            login not   not   not   not   | login none  go    none  none
preset-new               login not   not   not   not   | login ok    ok    ok    ok
presets                  login ok    ok    ok    ok    | login ok    ok    ok    ok
prompts                  login ok    ok    ok    ok    | login not   not   not   not
proposal                 login not   not   not   not   | login none  ok    none  none
rail                     login ok    ok    ok    ok    | login not   not   not   not
readyz                   503   503   503   503   503   | not   not   not   not   not
reconciliation           login none  none  ok    ok    | login none  none  ok    ok
second-step              go    go    go    go    go    | go    go    go    go    go
security                 login ok    ok    ok    ok    | login not   not   not   not
security-app             login ok    ok    ok    ok    | login ok    ok    ok    ok
security-codes           login not   not   not   not   | login go    go    go    go
security-devices         login not   not   not   not   | login go    go    go    go
security-passkey         login not   not   not   not   | login ok    ok    ok    ok
security-remove          login not   not   not   not   | login go    go    go    go
setup                    none  none  none  none  none  | none  none  none  none  none
sso                      none  none  none  none  none  | not   not   not   not   not
sso-callback             none  none  none  none  none  | not   not   not   not   not
search                   login not   not   not   not   | login none  ok    none  none
search-delete            login not   not   not   not   | login none  go    none  none
searches                 login ok    ok    ok    ok    | login ok    ok    ok    ok
snippet                  login not   not   not   not   | login none  ok    none  none
share-end                login not   not   not   not   | login none  go    go    go
shared                   none  none  none  none  none  | none  none  none  none  none
shared-file              none  none  none  none  none  | not   not   not   not   not
snippet-delete           login not   not   not   not   | login none  go    none  none
snippets                 login ok    ok    ok    ok    | login ok    ok    ok    ok
studio                   login ok    ok    ok    ok    | login not   not   not   not
subject                  login none  ok    ok    ok    | login none  ok    ok    ok
subject-archive          login not   not   not   not   | login none  go    go    go
subject-begin            login not   not   not   not   | login go    go    go    go
subject-copy             login not   not   not   not   | login none  go    go    go
subject-delete           login not   not   not   not   | login none  go    go    go
subject-edit             login none  ok    ok    ok    | login not   not   not   not
subject-export           login none  ok    ok    ok    | login not   not   not   not
subject-hand-over        login not   not   not   not   | login none  go    go    go
subject-import           login not   not   not   not   | login ok    ok    ok    ok
subject-new              login ok    ok    ok    ok    | login ok    ok    ok    ok
subject-propose          login none  none  none  none  | login none  none  none  none
subject-restore          login not   not   not   not   | login none  ok    none  none
subject-restore-version  login not   not   not   not   | login none  go    go    go
subjects                 login ok    ok    ok    ok    | login ok    ok    ok    ok
task                     login none  ok    ok    ok    | login not   not   not   not
task-again               login not   not   not   not   | login none  go    go    go
task-cancel              login not   not   not   not   | login none  go    go    go
task-comments            login none  ok    ok    ok    | login none  ok    none  none
task-favourite           login not   not   not   not   | login none  go    none  none
task-restore             login not   not   not   not   | login none  go    go    go
task-share               login none  ok    none  none  | login none  ok    none  none
task-trash               login not   not   not   not   | login none  go    go    go
tasks-bulk               login go    go    go    go    | login ok    ok    ok    ok
tasks-zip                login not   not   not   not   | login ok    ok    ok    ok
tasks-zip-file           login none  none  none  none  | login not   not   not   not
trash                    login ok    ok    ok    ok    | login not   not   not   not
trash-empty              login not   not   not   not   | login go    go    go    go
trash-restore            login not   not   not   not   | login ok    ok    ok    ok
trash-undo               login not   not   not   not   | login 400   400   400   400
task-give-up             login not   not   not   not   | login none  go    go    go
task-members             login none  ok    none  none  | login not   not   not   not
task-note                login not   not   not   not   | login none  ok    none  none
task-rate                login not   not   not   not   | login none  ok    none  none
task-review              login not   not   not   not   | login none  ok    none  none
task-release             login not   not   not   not   | login none  none  go    go
task-remote-id           login not   not   not   not   | login none  ok    ok    ok
task-send-again          login not   not   not   not   | login none  go    go    go
task-tag                 login not   not   not   not   | login none  ok    none  none
task-vary                login not   not   not   not   | login none  go    go    go
task-viewer              login none  ok    ok    ok    | login not   not   not   not
tasks                    login ok    ok    ok    ok    | login ok    ok    ok    ok
team                     login none  none  ok    ok    | login not   not   not   not
uploads                  login ok    ok    ok    ok    | login none  none  none  none
usage                    login ok    ok    ok    ok    | login not   not   not   not
usage-export             login ok    ok    ok    ok    | login not   not   not   not
usage-export-json        login ok    ok    ok    ok    | login not   not   not   not
usage-settle             login not   not   not   not   | login none  none  ok    ok
usage-tasks              login ok    ok    ok    ok    | login not   not   not   not
"""
TEAM = """
bulk-job                 login none  ok    none  none  | login not   not   not   not
collection               login ok    ok    ok    ok    | login none  ok    ok    ok
collection-arrange       login not   not   not   not   | login none  go    go    go
collection-delete        login not   not   not   not   | login none  go    go    go
collection-download      login go    go    go    go    | login not   not   not   not
collection-share         login none  ok    ok    ok    | login none  ok    ok    ok
comment                  login none  ok    none  none  | login none  ok    none  none
comment-delete           login not   not   not   not   | login none  go    go    go
share-end                login not   not   not   not   | login none  go    go    go
task-share               login none  ok    ok    ok    | login none  ok    ok    ok
image                    login ok    ok    ok    ok    | login not   not   not   not
image-thumbnail          login ok    ok    ok    ok    | login not   not   not   not
key                      login none  none  ok    ok    | login not   not   not   not
key-active               login not   not   not   not   | login none  none  go    go
key-delete               login not   not   not   not   | login none  none  go    go
key-limit                login not   not   not   not   | login none  none  go    go
key-members              login not   not   not   not   | login none  none  ok    ok
key-secret               login not   not   not   not   | login none  none  ok    ok
key-test                 login not   not   not   not   | login none  none  go    go
output                   login ok    ok    ok    ok    | login not   not   not   not
output-picture           login ok    ok    ok    ok    | login not   not   not   not
output-poster            login ok    ok    ok    ok    | login not   not   not   not
output-use               login not   not   not   not   | login go    go    go    go
preset                   login not   not   not   not   | login none  ok    ok    ok
preset-default           login not   not   not   not   | login go    go    go    go
preset-delete            login not   not   not   not   | login none  go    go    go
proposal                 login not   not   not   not   | login none  ok    ok    ok
search                   login not   not   not   not   | login none  ok    ok    ok
search-delete            login not   not   not   not   | login none  go    go    go
snippet                  login not   not   not   not   | login none  ok    ok    ok
snippet-delete           login not   not   not   not   | login none  go    go    go
subject                  login ok    ok    ok    ok    | login none  ok    ok    ok
subject-archive          login not   not   not   not   | login none  go    go    go
subject-copy             login not   not   not   not   | login go    go    go    go
subject-delete           login not   not   not   not   | login none  go    go    go
subject-edit             login none  ok    ok    ok    | login not   not   not   not
subject-export           login ok    ok    ok    ok    | login not   not   not   not
subject-hand-over        login not   not   not   not   | login none  go    go    go
subject-propose          login ok    none  none  none  | login ok    none  none  none
subject-restore          login not   not   not   not   | login none  ok    ok    ok
subject-restore-version  login not   not   not   not   | login none  go    go    go
task                     login ok    ok    ok    ok    | login not   not   not   not
task-again               login not   not   not   not   | login none  go    go    go
task-cancel              login not   not   not   not   | login none  go    go    go
task-comments            login ok    ok    ok    ok    | login ok    ok    ok    ok
task-favourite           login not   not   not   not   | login go    go    go    go
task-restore             login not   not   not   not   | login none  go    go    go
task-trash               login not   not   not   not   | login none  go    go    go
task-give-up             login not   not   not   not   | login none  go    go    go
task-members             login ok    ok    ok    ok    | login not   not   not   not
task-note                login not   not   not   not   | login ok    ok    ok    ok
task-rate                login not   not   not   not   | login ok    ok    ok    ok
task-review              login not   not   not   not   | login ok    ok    ok    ok
task-release             login not   not   not   not   | login none  none  go    go
task-remote-id           login not   not   not   not   | login none  ok    ok    ok
task-send-again          login not   not   not   not   | login none  go    go    go
task-tag                 login not   not   not   not   | login ok    ok    ok    ok
task-vary                login not   not   not   not   | login none  go    go    go
task-viewer              login ok    ok    ok    ok    | login not   not   not   not
"""


def rows(table):
    parts = [line.replace("|", " ").split() for line in table.strip().splitlines()]
    return {name: tuple(answers) for name, *answers in parts}


@pytest.fixture
def clients(client_for, make_user, alice, bob, admin):
    gone, was = make_user("gone"), make_user("was", is_staff=True, is_superuser=True)
    found = {
        "anonymous": Client(),
        "disabled": client_for(gone),
        "member": client_for(bob),
        "demoted": client_for(was),
        "owner": client_for(alice),
        "admin": client_for(make_user("staff", is_staff=True)),
        "superuser": client_for(admin),
    }
    members.disable(gone, admin)
    members.change_role(was, "member", admin)
    keep_portrait(alice, b"a small picture")
    return found


def url_of(name, objects):
    if name in WITH_TOKEN:
        token = {
            "metrics": [],
            "password-reset": [uuid4(), "no-such-token"],
            "shared-file": ["no-such-token", uuid4()],
        }
        return reverse(name, args=token.get(name, ["no-such-token"]))
    if name == "person-picture":
        return reverse(name, args=[User.objects.get(username="alice").public_id])
    return address(name, objects)


def answer(client, method, name, url):
    """In short; nothing of it stays."""
    jar = client.cookies.copy()
    with transaction.atomic():
        response = getattr(client, method)(url, GIVEN.get(name, {}) if method == "post" else {})
        transaction.set_rollback(True)
    client.cookies = jar
    if response.status_code in (301, 302, 303):
        return "login" if response.url.startswith("/login/?next=") else "go"
    return WORDS.get(response.status_code, str(response.status_code))


def walked(clients, names, objects):
    for name in sorted(names):
        url, row = url_of(name, objects), []
        for method in ("get", "post"):
            got = {role: answer(clients[role], method, name, url) for role in clients}
            assert {role: got[role] for role in SAME} == {a: got[b] for a, b in SAME.items()}, name
            row += [got[role] for role in ROLES]
        yield name, tuple(row)


def test_what_belongs_to_one_member(clients, private):
    version_of(Subject.objects.get(handle="secret"))
    expected = rows(PRIVATE)
    assert set(expected) == NAMED
    assert dict(walked(clients, NAMED, private)) == expected


def test_what_belongs_to_the_team(clients, alice, team_key):
    (image,) = images_of(alice, 1)
    output, rex = make_output(make_task(alice)), make_subject(alice)
    version_of(rex)
    archived = make_subject(alice, "old", archived_at=timezone.now())
    objects = {
        "task": make_task(alice, "uncertain", image=image).pk,
        "image": image.pk,
        "output": output.pk,
        "output-picture": (output.pk, 640, output.sha256[:16]),
        "preset": Preset.objects.create(owner=alice, name="P", visibility="team").pk,
        "snippet": Snippet.objects.create(owner=alice, text="rain", visibility="team").pk,
        "search": SavedSearch.objects.create(owner=alice, name="S", visibility="team").pk,
        "key": team_key.pk,
        "share-end": share(alice, make_task(alice), Wish())[0].pk,
        "comment": Comment.objects.create(task=make_task(alice), member=alice, text="C").pk,
        "collection": Collection.objects.create(owner=alice, title="C", visibility="team").pk,
        "bulk-job": BulkJob.objects.create(by=alice, action="trash").pk,
        "subject": "rex",
        "subject-restore": archived.pk,
        "proposal": rex.proposals.create(by=alice, based_on=1, title="Better").pk,
    }
    expected = rows(TEAM)
    assert set(expected) == OF_OBJECTS
    assert dict(walked(clients, OF_OBJECTS, objects)) == expected
