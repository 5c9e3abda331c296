"""Who the made-up tasks belong to: members who cannot log in, and their subjects."""

from generation.models import Image, Subject, SubjectImage, User

LABEL = "Fake history"
"""The key label of every made-up task; there is no such key."""

NAME = "fake-{number}"
SUBJECTS = 8
"""Subjects in all; more would tell nothing, and each needs its files."""


def make_users(count: int) -> list[User]:
    """`fake-1` to `fake-N`, those of an earlier run again; nobody can log in as them."""
    names = [NAME.format(number=number) for number in range(1, count + 1)]
    known = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    fresh = []
    for name in names:
        if name not in known:
            user = User(username=name, email=f"{name}@example.invalid", is_active=False)
            user.set_unusable_password()
            user.fold_names()
            fresh.append(user)
    User.objects.bulk_create(fresh)
    return list(User.objects.filter(username__in=names).order_by("pk"))


def make_subjects(users: list[User], image: Image) -> list[Subject]:
    subjects = []
    for number in range(1, SUBJECTS + 1):
        subject, made = Subject.objects.get_or_create(
            handle=f"fake_{number}",
            owner=users[0],
            defaults={"title": f"Fake subject {number}"},
        )
        if made:
            SubjectImage.objects.create(subject=subject, image=image, position=0)
        subjects.append(subject)
    return subjects
