"""The tables. Each module keeps one room; this face hands the names on."""

from .api_key import ApiKey
from .audit import AuditEvent
from .counter import Counter, CounterName
from .event import TaskEvent
from .feed import next_revision
from .heads import feed_head
from .image import Image
from .lease import Lease, LeaseKind
from .output import Output
from .queue_share import QueueShare
from .subject import Subject, SubjectImage, meant
from .task import REFUSED, Task, TaskImage, TaskSubject
from .text import TaskText
from .user import User
from .uses import images_reachable_by, images_visible_to, unused_images
from .visibility import Visibility

__all__ = [
    "REFUSED",
    "ApiKey",
    "AuditEvent",
    "Counter",
    "CounterName",
    "Image",
    "Lease",
    "LeaseKind",
    "Output",
    "QueueShare",
    "Subject",
    "SubjectImage",
    "Task",
    "TaskEvent",
    "TaskImage",
    "TaskSubject",
    "TaskText",
    "User",
    "Visibility",
    "feed_head",
    "images_reachable_by",
    "images_visible_to",
    "meant",
    "next_revision",
    "unused_images",
]
