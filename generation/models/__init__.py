"""The tables. Each module keeps one room; this face hands the names on."""

from .api_key import ApiKey
from .audit import AuditEvent
from .counter import Counter, CounterName
from .event import TaskEvent
from .event_kind import EventKind
from .feed import next_revision
from .heads import feed_head
from .image import Image
from .lease import Lease, LeaseKind
from .output import Output
from .queue_share import QueueShare
from .reason import Reason
from .subject import Subject, SubjectImage, meant
from .task import Task, TaskImage, TaskSubject
from .text import TaskText
from .user import User
from .uses import images_reachable_by, images_visible_to, unused_images
from .visibility import Visibility

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Counter",
    "CounterName",
    "EventKind",
    "Image",
    "Lease",
    "LeaseKind",
    "Output",
    "QueueShare",
    "Reason",
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
