"""The tables. Each module keeps one room; this face hands the names on."""

from .alert import Alert, AlertFiring
from .api_key import ApiKey
from .audit import AuditEvent
from .bill import Bill, BillFormat, BillRow
from .bulk_job import BulkJob
from .card_tasks import tasks_for_cards
from .collection import Collection, CollectionItem
from .comment import Comment
from .counter import Counter, CounterName
from .digest import Digest
from .download import Download
from .draft import Draft
from .event import TaskEvent
from .event_kind import EventKind
from .favourite import Favourite
from .feed import next_revision
from .heads import feed_head
from .image import Image
from .invitation import Invitation, Role
from .kept_result import KeptResult, TeamZone
from .learned_price import LearnedPrice
from .lease import Lease, LeaseKind
from .ledger import (
    NO_KEY,
    DailyTotal,
    DailyUsage,
    LedgerEntry,
    MonthlySubjectUsage,
    MonthlyUsage,
    SubjectUsage,
)
from .login_attempts import LoginCounter, LoginPlace
from .notice import Delivery, Notice
from .output import Output
from .preset import Preset, PresetDefault
from .queue_share import QueueShare
from .reason import Reason
from .remarks import Note, Rating, Tag
from .retired_secret import RetiredSecret, RetiredSecretUse
from .review import Review, Verdict
from .saved_search import SavedSearch
from .share import Share
from .snippet import Snippet
from .subject import Subject, SubjectImage, meant
from .subject_history import (
    PlacedImage,
    SubjectProposal,
    SubjectProposalImage,
    SubjectVersion,
    SubjectVersionImage,
)
from .subject_use import SubjectUse
from .task import Task
from .task_input import TaskImage, TaskSubject
from .text import TaskText
from .user import DigestEvery, Theme, User
from .uses import images_reachable_by, images_visible_to, removable_images, unused_images
from .visibility import Visibility
from .webhook import News, Webhook, WebhookMessage
from .words import TaskWords

__all__ = [
    "NO_KEY",
    "Alert",
    "AlertFiring",
    "ApiKey",
    "AuditEvent",
    "Bill",
    "BillFormat",
    "BillRow",
    "BulkJob",
    "Collection",
    "CollectionItem",
    "Comment",
    "Counter",
    "CounterName",
    "DailyTotal",
    "DailyUsage",
    "Delivery",
    "Digest",
    "DigestEvery",
    "Download",
    "Draft",
    "EventKind",
    "Favourite",
    "Image",
    "Invitation",
    "KeptResult",
    "LearnedPrice",
    "Lease",
    "LeaseKind",
    "LedgerEntry",
    "LoginCounter",
    "LoginPlace",
    "MonthlySubjectUsage",
    "MonthlyUsage",
    "News",
    "Note",
    "Notice",
    "Output",
    "PlacedImage",
    "Preset",
    "PresetDefault",
    "QueueShare",
    "Rating",
    "Reason",
    "RetiredSecret",
    "RetiredSecretUse",
    "Review",
    "Role",
    "SavedSearch",
    "Share",
    "Snippet",
    "Subject",
    "SubjectImage",
    "SubjectProposal",
    "SubjectProposalImage",
    "SubjectUsage",
    "SubjectUse",
    "SubjectVersion",
    "SubjectVersionImage",
    "Tag",
    "Task",
    "TaskEvent",
    "TaskImage",
    "TaskSubject",
    "TaskText",
    "TaskWords",
    "TeamZone",
    "Theme",
    "User",
    "Verdict",
    "Visibility",
    "Webhook",
    "WebhookMessage",
    "feed_head",
    "images_reachable_by",
    "images_visible_to",
    "meant",
    "next_revision",
    "removable_images",
    "tasks_for_cards",
    "unused_images",
]
