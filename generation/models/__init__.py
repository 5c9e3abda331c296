"""The tables. Each module keeps one room; this face hands the names on."""

from .api_key import ApiKey
from .audit import AuditEvent
from .event import TaskEvent
from .feed import Counter, next_revision
from .image import Image
from .lease import Lease
from .output import Output
from .subject import Subject, SubjectImage
from .task import Task, TaskImage, TaskSubject, Visibility
from .turn import Turn
from .user import User

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Counter",
    "Image",
    "Lease",
    "Output",
    "Subject",
    "SubjectImage",
    "Task",
    "TaskEvent",
    "TaskImage",
    "TaskSubject",
    "Turn",
    "User",
    "Visibility",
    "next_revision",
]
