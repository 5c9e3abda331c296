"""Backups: one file with the database and every stored file that it names."""

FORMAT = 1
"""Raised when an older version could not read a new backup."""

LEFT_OUT = frozenset(
    {"cache", "django_q_ormq", "django_session", "generation_lease", "generation_logincounter"}
    | {"usersessions_usersession"}
)
"""Tables whose rows are of the moment only, or would log somebody in."""


class BackupError(Exception):
    """The backup cannot be made or restored; the text says why and what to do."""
