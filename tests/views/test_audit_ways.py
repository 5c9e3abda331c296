"""Every address of an object: what an admin leaves behind who asks it for a private one of another."""

import pytest
from django.db import transaction

from generation.library.subjects import version_of
from generation.models import AuditEvent, Subject
from tests.factories import make_task
from tests.forms.helpers import images_of
from tests.views.kinds import OF_OBJECTS
from tests.views.test_permissions import GIVEN
from tests.views.test_walker import address, private

__all__ = ["private"]

LEAVES = """
image                    get   image.opened
image-thumbnail          get   image.opened
output                   get   output.opened
output-picture           get   output.opened
output-poster            get   output.opened
output-use               post  output.used
subject                  get   subject.opened
subject                  post  subject.changed
subject-copy             post  subject.copied
subject-edit             get   subject.opened
subject-export           get   subject.downloaded
subject-hand-over        post  subject.changed
subject-restore-version  post  subject.changed
task                     get   task.opened
task-again               post  task.repeated
task-cancel              post  task.decided
task-comments            get   task.opened
task-give-up             post  task.decided
task-remote-id           post  task.decided
task-restore             post  task.decided
task-send-again          post  task.decided
task-trash               post  task.decided
task-vary                post  task.repeated
task-viewer              get   task.opened
"""
TELLS_NOTHING = {"share-end", "subject-archive", "subject-delete", "task-release"}
"""They answer with a list, and with a handle or an id that its lists show to admins anyway."""


def asked(client, name, method, url):
    """How it is answered and what was written down; nothing of it stays."""
    data = GIVEN.get(name, {}) if method == "post" else {}
    with transaction.atomic():
        status = getattr(client, method)(url, data).status_code
        rows = set(AuditEvent.objects.values_list("what", "target"))
        transaction.set_rollback(True)
    return status, {row for row in rows if row[0].endswith("-private")}


def left(client, objects):
    """The rows by address and method, wherever there is an answer."""
    for name in sorted(OF_OBJECTS - TELLS_NOTHING):
        for method in ("get", "post"):
            status, rows = asked(client, name, method, address(name, objects))
            if status not in (404, 405):
                yield (name, method), rows


def test_no_address_answers_an_admin_without_a_row(client_for, admin, bob, team_key, private):
    secret = Subject.objects.get(handle="secret")
    version_of(secret)
    things = private | {"subject": secret.pk}
    expected = {}
    for line in LEAVES.strip().splitlines():
        name, method, word = line.split()
        target = str(things[name.split("-")[0]])
        expected[name, method] = {(f"{word}-private", target)}
    assert dict(left(client_for(admin), private)) == expected


def test_what_tells_nothing_of_it_leaves_no_such_row(client_for, admin, private):
    client = client_for(admin)
    for name in TELLS_NOTHING:
        assert asked(client, name, "post", address(name, private)) == (302, set())


@pytest.mark.parametrize("cut", [{}, {"turn": "90"}, {"box": "0.1,0,0.8,1"}])
def test_a_picture_picked_again_or_cropped_is_written_down(client_for, admin, alice, cut):
    (image,) = images_of(alice, 1)
    make_task(alice, visibility="private", image=image)
    data = {"model": "viduq2_turbo_img2video", "image": str(image.pk)} | cut
    assert client_for(admin).post("/uploads/", data).status_code == 200
    row = AuditEvent.objects.get()
    assert (row.who, row.what, row.target) == (admin, "image.used-private", str(image.pk))
