"""What subjects were: each save as a version, and changes that others proposed."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from .image import Image
from .subject import Subject
from .user import User
from .visibility import Visibility


class PlacedImage(models.Model):
    """A checked upload, or an address that only the gateway opens, at its place."""

    image = models.ForeignKey(Image, models.PROTECT, null=True, related_name="+")
    url = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]


class SubjectVersionQuerySet(QuerySet["SubjectVersion"]):
    def visible_to(self, user: User) -> "SubjectVersionQuerySet":
        """What was saved for oneself alone stays so, also when the team sees the subject now."""
        of_team = Q(visibility=Visibility.TEAM, subject__visibility=Visibility.TEAM)
        return self.filter(Q(subject__owner=user) | of_team)

    def reachable_by(self, user: User) -> "SubjectVersionQuerySet":
        """As above, and everything for admins (audited)."""
        return self if user.is_staff else self.visible_to(user)

    def current_of(self, subjects: Iterable[Subject]) -> "dict[UUID, SubjectVersion]":
        """What each subject says now, by its id; nothing of those older than versions are."""
        now = self.filter(subject__in=list(subjects), number=F("subject__version"))
        return {found.subject_id: found for found in now.prefetch_related("images__image")}


class SubjectVersion(models.Model):
    """A subject as one save left it. Never changed; `number` is what `Subject.version` was."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    handle = models.CharField(max_length=32)
    title = models.CharField(max_length=80)
    notes = models.TextField(blank=True)
    voice_id = models.CharField(max_length=120, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=200, help_text="what this save changed, for people")

    objects = SubjectVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="subject_version_once")
        ]

    def __str__(self) -> str:
        return f"@{self.handle} {self.number}"


class SubjectVersionImage(PlacedImage):
    version = models.ForeignKey(SubjectVersion, models.CASCADE, related_name="images")

    class Meta(PlacedImage.Meta):
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="version_image_position")
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.position}"


class SubjectProposalQuerySet(QuerySet["SubjectProposal"]):
    def answerable_by(self, user: User) -> "SubjectProposalQuerySet":
        """For subjects of `user`'s own; of the team for admins."""
        own = Q(subject__owner=user)
        of_team = Q(subject__visibility=Visibility.TEAM)
        return self.filter(own | of_team if user.is_staff else own)


class SubjectProposal(models.Model):
    """A change that somebody else would like; owner and admins accept or decline it."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="proposals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=500, blank=True)
    based_on = models.PositiveIntegerField(help_text="the version that was to be changed")
    title = models.CharField(max_length=80)
    notes = models.TextField(blank=True)
    voice_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    objects = SubjectProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.by} for {self.subject}"


class SubjectProposalImage(PlacedImage):
    proposal = models.ForeignKey(SubjectProposal, models.CASCADE, related_name="images")

    class Meta(PlacedImage.Meta):
        constraints = [
            models.UniqueConstraint(fields=["proposal", "position"], name="proposal_image_position")
        ]

    def __str__(self) -> str:
        return f"{self.proposal} {self.position}"
