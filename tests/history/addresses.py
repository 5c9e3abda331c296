"""Which addresses are asked with a long history behind them, and why the others are not."""

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from generation.gallery import places
from generation.gallery.sharing import Wish, share
from generation.models import (
    Alert,
    Bill,
    BulkJob,
    Collection,
    Comment,
    Output,
    Task,
    TaskImage,
    User,
    Visibility,
)
from generation.people import digests
from generation.presenters.pictures import digest_of
from tests.factories import make_key

from .conftest import TASKS

LEFT_OUT = {
    "login": "nothing is known of who asks",
    "second-step": "leads on to the login",
    "sso": "there is none without settings",
    "sso-callback": "there is none without settings",
    "forgotten": "there is none without mail",
    "password-reset": "knows one member by a token",
    "invitation": "knows one invitation by a token",
    "setup": "there is none once somebody is there",
    "confirm": "leads on: who has just logged in need not confirm it",
    "invite": "leads on to the team",
    "tasks-bulk": "leads on to the gallery; what a POST does is asked by itself",
    "tasks-zip-file": "is asked by itself, where the POST leads to it",
    "callback": "takes a POST alone",
    "metrics": "is asked by itself",
    "person-picture": "gives a file of one member, and fake ones have none",
}
"""Names, and the reason."""

DAY = "since=2026-10-01&until=2026-10-01"


@dataclass(frozen=True)
class Things:
    """What there is of `user`, beside the history: gone after the test."""

    user: User
    task: Task
    own: Task
    output: Output
    image: UUID
    collection: Collection

    @classmethod
    def of(cls, user):
        of_team = Task.objects.filter(visibility="team", state="completed")
        task = of_team.filter(subjects__isnull=False).first()
        stored = Output.objects.filter(task__visibility="team", state="stored")
        shelf = Collection.objects.filter(visibility="team", items__isnull=False)
        return cls(
            user,
            task,
            of_team.filter(owner=user).first() or task,
            stored.exclude(poster_small="").first() or stored.first(),
            TaskImage.objects.filter(task__visibility="team").first().image_id,
            shelf.filter(owner=user).first() or shelf.first(),
        )


def addresses(user):
    """The pages by name, as `user` asks for them; they are built when the history is there."""
    things = Things.of(user)
    return {
        **galleries(things.task),
        **of_results(things),
        **kept(things),
        **of_people(things),
        **money(things),
        **lists(),
    }


def galleries(task):
    return {
        "studio": "/",
        "studio, filled": f"/?from={task.pk}",
        "studio, mine": "/?whose=mine",
        "used before": "/uploads/",
        "prompts": "/prompts/",
        "prompts, with words": "/prompts/?words=fake",
        "gallery": "/tasks/",
        "gallery, mine": "/tasks/?whose=mine",
        "older": older(),
        "one model": "/tasks/?model=viduq1_img2video&whose=mine",
        "one model, oldest": "/tasks/?model=viduq1_img2video&sort=oldest",
        "images": "/tasks/?kind=image&until=2026-10-01",
        "of one": "/tasks/?owner=fake-3",
        "lost": "/tasks/?state=lost",
        "with a subject": "/tasks/?subject=fake_1",
        "with a subject, of one": "/tasks/?subject=fake_1&owner=fake-3",
        "lists of filters": "/tasks/facets/?kind=image",
        "rail": "/tasks/rail/",
        "rail, mine": "/tasks/rail/?whose=mine",
        "nothing new": "/tasks/changes/",
        "nothing new, mine": "/tasks/changes/?whose=mine",
        "some news": f"/tasks/changes/?since={head() - 30}",
        "some news, mine": f"/tasks/changes/?since={head() - 400}&whose=mine",
        "all is new": "/tasks/changes/?since=0",
        "all is new, mine": "/tasks/changes/?since=0&whose=mine",
    }


def of_results(things):
    task, output = things.task, things.output
    oldest = Task.objects.order_by("created_at").first()
    two = Task.objects.filter(visibility="team", state="completed").order_by("created_at")[:2]
    said = Comment.objects.create(task=task, member=things.user, text="Fine")
    picture = (output.pk, 640, digest_of(output))
    return {
        "task": task.get_absolute_url(),
        "oldest task": oldest.get_absolute_url(),
        "viewer": reverse("task-viewer", args=[task.pk]),
        "viewer, mine": reverse("task-viewer", args=[task.pk]) + "?whose=mine",
        "compare": "/tasks/compare/?" + "&".join(f"tasks={one.pk}" for one in two),
        "comments": reverse("task-comments", args=[task.pk]),
        "whom a comment may name": reverse("task-members", args=[task.pk]) + "?q=fake",
        "comment": reverse("comment", args=[said.pk]),
        "output": reverse("output", args=[output.pk]),
        "poster": reverse("output-poster", args=[output.pk]),
        "picture": reverse("output-picture", args=picture),
        "image": reverse("image", args=[things.image]),
        "image thumbnail": reverse("image-thumbnail", args=[things.image]),
    }


def kept(things):
    """What members keep, share and throw away."""
    user, shelf = things.user, things.collection
    result, shown = (share(user, one, Wish(comments=True))[1] for one in (things.own, shelf))
    job = BulkJob.objects.create(by=user, action="favourite", query="whose=mine")
    return {
        "collections": "/collections/",
        "collection": reverse("collection", args=[shelf.pk]),
        "collection, to choose": "/collections/choose/",
        "collection, as a zip": reverse("collection-download", args=[shelf.pk]),
        "collection, to share": reverse("collection-share", args=[shelf.pk]),
        "task, to share": reverse("task-share", args=[things.own.pk]),
        "shared result": reverse("shared", args=[result]),
        "shared collection": reverse("shared", args=[shown]),
        "shared file": reverse(
            "shared-file",
            args=[
                shown,
                shelf.items.filter(task__visibility="team").first().task.outputs.first().pk,
            ],
        ),
        "trash": "/trash/",
        "searches": "/searches/",
        "presets": "/presets/",
        "snippets": "/snippets/",
        "bulk job": reverse("bulk-job", args=[job.pk]),
        "subjects": "/subjects/",
        "subject": "/subjects/fake_1/",
        "new subject": "/subjects/new/",
        "subject, to change": "/subjects/fake_1/edit/",
        "subject, to propose": "/subjects/fake_1/propose/",
        "subject, as a file": "/subjects/fake_1/export-file/",
        "handle": "/subjects/check-handle/?handle=fake_1",
        "mentions": "/subjects/mention-list/?q=fake",
    }


def of_people(things):
    return {
        "account": "/account/",
        "security": "/account/security/",
        "security, app": "/account/security/app/",
        "notices": "/notices/",
        "no more digests": digests.path_to_stop(things.user),
        "team": "/team/",
        "member": reverse("member", args=[User.objects.get(username="fake-3").public_id]),
        "audit": "/team/audit/",
        "audit, as a table": "/team/audit/export.csv",
        "webhooks": "/team/webhooks/",
        "engine": "/engine/",
        "admin": "/admin/",
        "readyz": "/readyz/",
    }


def money(things):
    day = timezone.localdate()
    bill = Bill.objects.create(
        name="b",
        sha256="b",
        uploaded_by=things.user,
        state="ready",
        since=day.replace(day=1),
        until=day,
    )
    Alert.objects.create(kind="spend", limit=1, made_by=things.user)
    own = make_key(things.user)
    return {
        "keys": "/keys/",
        "key": reverse("key", args=[own.pk]),
        "usage": "/usage/",
        "usage by subject": "/usage/?by=subject&by=model",
        "tasks behind a figure": "/usage/tasks/?model=viduq1_img2video",
        "usage, as a table": f"/usage/export.csv?{DAY}",
        "usage, as data": f"/usage/export.json?{DAY}",
        "wasted": "/usage/tasks/?only=wasted",
        "budgets": "/usage/budgets/",
        "alerts": "/usage/alerts/",
        "bills": "/usage/reconciliation/",
        "bill": reverse("bill", args=[bill.pk]),
        "bill, as a table": reverse("bill-export", args=[bill.pk]),
    }


def lists():
    """Django's admin, with everything that its lists offer."""
    filters = {
        **{f"state {state}": f"task/?state__exact={state}" for state in Task.State.values},
        **{f"visibility {v}": f"task/?visibility__exact={v}" for v in Visibility.values},
        "of a year": "task/?created_at__gte=2026-01-01T00%3A00Z&created_at__lt=2027-01-01T00%3A00Z",
        "counted": "task/?_facets=True",
        "in another order": "task/?o=3.-4",
        "events in another order": "taskevent/?o=3",
        "results in another order": "output/?o=-5",
    }
    kinds = ("task", "output", "taskevent", "auditevent", "apikey", "subject", "user")
    return {
        f"admin, {name}": f"/admin/generation/{path}"
        for name, path in filters.items() | {(kind, f"{kind}/") for kind in kinds}
    }


def head():
    return Task.objects.order_by("-revision").values_list("revision", flat=True).first()


def older():
    """The address of the page half a history back."""
    at, pk = Task.objects.order_by("-created_at").values_list("created_at", "pk")[TASKS // 2]
    return f"/tasks/?before={places.cursor_of(at, pk)}"
