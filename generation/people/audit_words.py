"""What the audit log tells: each word with its group and its sentence."""

from dataclasses import dataclass

from django.db import models


class Group(models.TextChoices):
    LOGINS = "logins", "Logins"
    INVITATIONS = "invitations", "Invitations"
    PEOPLE = "people", "People and roles"
    KEYS = "keys", "Keys and limits"
    SEEN = "seen", "Private things seen"
    TASKS = "tasks", "Tasks and subjects"
    SYSTEM = "system", "Exports, restores, settings"


@dataclass(frozen=True, slots=True)
class Word:
    group: Group
    sentence: str


_THINGS = {
    "task": "task",
    "output": "result",
    "event": "event of a task",
    "subject": "subject",
    "image": "picture",
    "key": "key",
}
_ACTS = {
    "opened": "Opened",
    "downloaded": "Downloaded",
    "inspected": "Inspected",
    "remixed": "Remixed",
    "repeated": "Repeated",
    "decided": "Decided about",
    "used": "Used",
    "changed": "Changed",
    "copied": "Copied",
}

WORDS: dict[str, Word] = {
    "login.done": Word(Group.LOGINS, "Logged in"),
    "login.failed": Word(Group.LOGINS, "Wrong password"),
    "login.paused": Word(Group.LOGINS, "Guesses refused"),
    "login.ended": Word(Group.LOGINS, "Logged out"),
    "login.code-wrong": Word(Group.LOGINS, "Wrong second factor"),
    "login.confirmed": Word(Group.LOGINS, "Confirmed who they are"),
    "login.idle": Word(Group.LOGINS, "Logged out after doing nothing"),
    "login.sso-refused": Word(Group.LOGINS, "Refused by single sign-on"),
    "session.ended": Word(Group.LOGINS, "Logged out another device"),
    "factor.added": Word(Group.LOGINS, "Added a second factor"),
    "factor.removed": Word(Group.LOGINS, "Removed a second factor"),
    "factor.reset": Word(Group.LOGINS, "Reset a member's second factors"),
    "factor.codes-made": Word(Group.LOGINS, "Made recovery codes"),
    "password.changed": Word(Group.LOGINS, "Changed the password"),
    "password.reset": Word(Group.LOGINS, "Set a new password by a link"),
    "password.link-made": Word(Group.LOGINS, "Made a link for a new password"),
    "password.guessed-wrong": Word(Group.LOGINS, "Wrong old password"),
    "invitation.made": Word(Group.INVITATIONS, "Invited"),
    "invitation.renewed": Word(Group.INVITATIONS, "Made another link"),
    "invitation.withdrawn": Word(Group.INVITATIONS, "Withdrew an invitation"),
    "invitation.accepted": Word(Group.INVITATIONS, "Accepted an invitation"),
    "person.first-admin": Word(Group.PEOPLE, "Became the first admin"),
    "person.added": Word(Group.PEOPLE, "Added a member"),
    "person.changed": Word(Group.PEOPLE, "Changed a member"),
    "person.enabled": Word(Group.PEOPLE, "Switched a member on"),
    "person.disabled": Word(Group.PEOPLE, "Switched a member off"),
    "person.role-changed": Word(Group.PEOPLE, "Changed a role"),
    "person.budget-changed": Word(Group.PEOPLE, "Changed a budget"),
    "person.handed-over": Word(Group.PEOPLE, "Handed over"),
    "key.added": Word(Group.KEYS, "Added a key"),
    "key.switched-on": Word(Group.KEYS, "Switched a key on"),
    "key.switched-off": Word(Group.KEYS, "Switched a key off"),
    "key.limited": Word(Group.KEYS, "Limited a key"),
    "key.opened-to": Word(Group.KEYS, "Changed who may spend on a key"),
    "key.rotated": Word(Group.KEYS, "Gave a key another secret"),
    "key.deleted": Word(Group.KEYS, "Deleted a key"),
    "budget.set": Word(Group.KEYS, "Set a budget"),
    "budget.released": Word(Group.KEYS, "Released over budget"),
    "budget.declined": Word(Group.KEYS, "Declined over budget"),
    "preset.changed": Word(Group.TASKS, "Changed a preset of"),
    "search.changed": Word(Group.TASKS, "Changed a saved search of"),
    "search.deleted": Word(Group.TASKS, "Deleted a saved search of"),
    "snippet.changed": Word(Group.TASKS, "Changed a snippet of"),
    "snippet.deleted": Word(Group.TASKS, "Deleted a snippet of"),
    "preset.deleted": Word(Group.TASKS, "Deleted a preset of"),
    "task.released": Word(Group.TASKS, "Released"),
    "task.settled": Word(Group.TASKS, "Settled a cost"),
    "task.found": Word(Group.TASKS, "Found at the gateway"),
    "task.trashed": Word(Group.TASKS, "Moved a result of another to the trash:"),
    "task.untrashed": Word(Group.TASKS, "Brought back a result of another:"),
    "task.visibility-changed": Word(Group.TASKS, "Changed who sees a result of another:"),
    "collection.changed": Word(Group.TASKS, "Changed a collection of"),
    "collection.deleted": Word(Group.TASKS, "Deleted a collection of"),
    "comment.deleted": Word(Group.TASKS, "Deleted a comment of"),
    "share.made": Word(Group.TASKS, "Made a share link of"),
    "share.ended": Word(Group.TASKS, "Ended a share link"),
    "trash.emptied": Word(Group.TASKS, "Emptied the trash:"),
    "subject.archived": Word(Group.TASKS, "Archived a subject"),
    "subject.handed-over": Word(Group.TASKS, "Gave a subject away"),
    "subject.deleted": Word(Group.TASKS, "Deleted a subject"),
    "subject.restored": Word(Group.TASKS, "Brought back a subject"),
    "audit.exported": Word(Group.SYSTEM, "Exported the audit log"),
    "usage.exported": Word(Group.SYSTEM, "Exported the usage"),
    "alert.added": Word(Group.SYSTEM, "Set an alert"),
    "alert.switched-on": Word(Group.SYSTEM, "Switched an alert on"),
    "alert.switched-off": Word(Group.SYSTEM, "Switched an alert off"),
    "alert.tested": Word(Group.SYSTEM, "Tested an alert"),
    "alert.deleted": Word(Group.SYSTEM, "Deleted an alert"),
    "webhook.added": Word(Group.SYSTEM, "Added a webhook"),
    "webhook.switched-on": Word(Group.SYSTEM, "Switched a webhook on"),
    "webhook.switched-off": Word(Group.SYSTEM, "Switched a webhook off"),
    "webhook.tested": Word(Group.SYSTEM, "Tested a webhook"),
    "webhook.deleted": Word(Group.SYSTEM, "Deleted a webhook"),
    "bill.uploaded": Word(Group.SYSTEM, "Uploaded a bill"),
    "bill.settled": Word(Group.TASKS, "Settled costs by a bill"),
    "bill.exported": Word(Group.SYSTEM, "Exported a bill's comparison"),
    "bill.deleted": Word(Group.SYSTEM, "Deleted a bill"),
    "backup.made": Word(Group.SYSTEM, "Backup made"),
    "backup.restored": Word(Group.SYSTEM, "Backup restored"),
    "setting.changed": Word(Group.SYSTEM, "Setting changed"),
} | {
    f"{thing}.{act}-private": Word(Group.SEEN, f"{did} a private {name}")
    for thing, name in _THINGS.items()
    for act, did in _ACTS.items()
}


def words_of(group: str) -> list[str]:
    return [what for what, word in WORDS.items() if word.group == group]


def sentence(what: str) -> str:
    """The word itself for one of another version."""
    return WORDS[what].sentence if what in WORDS else what
