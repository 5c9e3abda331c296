"""Changes that members propose for subjects of others."""

from dataclasses import replace
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone

from generation.models import Notice, Subject, SubjectProposal, SubjectProposalImage, User
from generation.people.inbox import notify

from .subjects import ChangedMeanwhile, Content, content_of, inputs_of, save, version_of

State = SubjectProposal.State

MOST_OPEN = 5
"""Proposals of one member for one subject that nobody has answered."""


class Answered(Exception):
    """Somebody has accepted or declined it already."""


class TooManyOpen(Exception):
    """Enough of theirs wait for an answer; the text says so."""

    def __init__(self) -> None:
        super().__init__(
            f"{MOST_OPEN} of your proposals for this subject wait for an answer. Wait for it first."
        )


class Archived(Exception):
    """The subject was archived, and takes no changes; the text says so."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(
            f"{subject} is archived, so nothing can be changed. Its owner, "
            f"{subject.owner.username}, may bring it back."
        )


def propose(subject: Subject, content: Content, by: User, note: str) -> SubjectProposal:
    """Keeps the change for the owner; the handle and who sees it are not proposed.

    Raises Archived and TooManyOpen.
    """
    with transaction.atomic():
        if Subject.objects.select_for_update().get(pk=subject.pk).archived_at is not None:
            raise Archived(subject)
        if subject.proposals.filter(by=by, state=State.OPEN).count() >= MOST_OPEN:
            raise TooManyOpen
        proposal = SubjectProposal.objects.create(
            subject=subject,
            by=by,
            note=note,
            based_on=version_of(subject).number,
            title=content.title,
            notes=content.notes,
            voice_id=content.voice_id,
        )
        SubjectProposalImage.objects.bulk_create(
            SubjectProposalImage(
                proposal=proposal, image=given.image, url=given.url, position=position
            )
            for position, given in enumerate(content.inputs)
        )
        if subject.owner_id != by.pk:
            text = f"{by.username} proposes a change of {subject}"
            notify([subject.owner], Notice.Kind.PROPOSED, text, _link(subject))
    return proposal


def accept(proposal: SubjectProposal, by: User, answer: str = "") -> Subject:
    """Makes it the next version, in the name of who proposed it.

    Raises Answered, Archived, and ChangedMeanwhile when the subject is no longer what the change
    was for.
    """
    with transaction.atomic():
        subject = Subject.objects.select_for_update().get(pk=proposal.subject_id)
        if subject.archived_at is not None:
            raise Archived(subject)
        latest = version_of(subject)
        if latest.number != proposal.based_on:
            raise ChangedMeanwhile(latest)
        _answer(proposal, State.ACCEPTED, by, answer)
        content = replace(
            content_of(latest),
            title=proposal.title,
            notes=proposal.notes,
            voice_id=proposal.voice_id,
            inputs=inputs_of(proposal.images.select_related("image")),
        )
        return save(subject, content, proposal.by, based_on=proposal.based_on)


def decline(proposal: SubjectProposal, by: User, answer: str = "") -> None:
    """Raises Answered."""
    _answer(proposal, State.DECLINED, by, answer)


def _answer(proposal: SubjectProposal, state: str, by: User, answer: str) -> None:
    with transaction.atomic():
        _close(proposal, state, by, answer)
        if proposal.by_id != by.pk:
            verdict = "accepted" if state == State.ACCEPTED else "declined"
            text = f"{by.username} {verdict} your change of {proposal.subject}"
            text += f": {answer}" if answer else ""
            notify([proposal.by], Notice.Kind.ANSWERED, text, _link(proposal.subject))


def _link(subject: Subject) -> str:
    return f"{subject.get_absolute_url()}?{urlencode({'owner': subject.owner.username})}"


def _close(proposal: SubjectProposal, state: str, by: User, answer: str) -> None:
    answered = SubjectProposal.objects.filter(pk=proposal.pk, state=State.OPEN).update(
        state=state, answered_by=by, answered_at=timezone.now(), answer=answer
    )
    if not answered:
        raise Answered
