"""Named characters and objects with reference images and a voice."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, QuerySet

from .image import Image
from .user import User
from .visibility import Visibility

handle_validator = RegexValidator(
    r"\A[a-z0-9_]{1,32}\Z", "Use 1 to 32 small letters, digits or underscores."
)


class SubjectQuerySet(QuerySet["Subject"]):
    def visible_to(self, user: User) -> "SubjectQuerySet":
        """What is offered to `user`: the team's subjects and own ones."""
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def reachable_by(self, user: User) -> "SubjectQuerySet":
        """What `user` may open or name: as above, and everything for admins (audited)."""
        return self if user.is_staff else self.visible_to(user)

    def offered_to(self, user: User, chosen: Iterable[str]) -> "SubjectQuerySet":
        """What `user` may pick from, with what is `chosen` already, by handle."""
        own = Q(pk__in=self.visible_to(user))
        return self.reachable_by(user).filter(own | Q(handle__in=list(chosen)))

    def for_pages(self) -> "SubjectQuerySet":
        return self.select_related("owner").prefetch_related("images__image")

    def current(self) -> "SubjectQuerySet":
        return self.filter(archived_at=None)


def meant(subjects: Iterable["Subject"], user: User) -> dict[str, "Subject"]:
    """Which subject each handle is for `user`: an own one, else the team's, else the oldest."""
    found: dict[str, Subject] = {}
    for subject in sorted(
        subjects,
        key=lambda s: (s.owner_id != user.pk, s.visibility != Visibility.TEAM, s.created_at),
    ):
        found.setdefault(subject.handle, subject)
    return found


class Subject(models.Model):
    """A handle is one's own: what somebody keeps to themselves takes no name from the team.

    Were it unique among all, whoever asks for a taken one would learn of a private subject. What is
    archived holds none: others may take it, and tasks keep what they were made with.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handle = models.CharField(max_length=32, validators=[handle_validator])
    title = models.CharField(max_length=80)
    notes = models.TextField(blank=True, max_length=2000)
    voice_id = models.CharField(max_length=120, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.TEAM)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="subjects")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["handle"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "handle"],
                condition=Q(archived_at=None),
                name="subject_own_handle",
            ),
            models.UniqueConstraint(
                fields=["handle"],
                condition=Q(visibility=Visibility.TEAM, archived_at=None),
                name="subject_team_handle",
            ),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("subject", args=[self.handle])


class SubjectImage(models.Model):
    """A checked upload, or an address that only the gateway opens."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="images")
    image = models.ForeignKey(Image, models.PROTECT, null=True, related_name="+")
    url = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "position"], name="subject_image_position"),
            models.CheckConstraint(
                condition=Q(image__isnull=False, url="") | Q(image=None) & ~Q(url=""),
                name="subject_image_or_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.position}"
