"""Bills of the gateway as files: uploaded once, read by the columns that an admin has chosen, deleted."""

import hashlib
import json
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import transaction

from generation.models import Bill, BillFormat, User
from generation.workers.wakeups import wake

from .bill_csv import guess, shape_of

JOB = "generation.jobs.read_bill"


class BeingDeleted(Exception):
    """The same file is being deleted: it can be uploaded in a moment."""


def upload(file: IO[bytes], name: str, who: User, *, ask: bool) -> tuple[Bill, bool]:
    """Keeps the file, and has it read if its columns are known; False for one that is there already.

    With `ask`, its columns are chosen anew. Raises Unreadable, BeingDeleted, and OSError of the storage.
    """
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if known := Bill.objects.filter(sha256=digest).first():
        if known.state == Bill.State.DELETING:
            raise BeingDeleted
        return known, False
    shape = shape_of(file)
    bill = Bill(
        name=name[:120],
        sha256=digest,
        uploaded_by=who,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        header=shape.header,
        sample=shape.sample,
    )
    remembered = BillFormat.objects.filter(head=_head(shape.header)).first()
    bill.columns = remembered.columns if remembered else guess(shape)
    if remembered and not ask and bill.columns["day"] is not None:
        bill.state = Bill.State.READING
    file.seek(0)
    bill.file.save(f"bills/{bill.pk}.csv", file, save=False)  # type: ignore[arg-type]
    try:
        with transaction.atomic():
            known, made = Bill.objects.get_or_create(sha256=digest, defaults=_fields(bill))
            if made and bill.state == Bill.State.READING:
                wake(JOB, str(bill.pk))
    finally:
        if not Bill.objects.filter(pk=bill.pk).exists():
            default_storage.delete(str(bill.file))
    return known, made


def _fields(bill: Bill) -> dict[str, Any]:
    return {
        one.attname: getattr(bill, one.attname)
        for one in Bill._meta.concrete_fields
        if one.name not in ("sha256", "uploaded_at")
    }


def _head(header: list[str]) -> str:
    return hashlib.sha256(json.dumps(header).encode()).hexdigest()


def choose_columns(bill: Bill, columns: dict[str, Any], **about: Any) -> bool:
    """Remembers them for files with the same head, and has the bill read; False if it was already."""
    with transaction.atomic():
        waiting = Bill.objects.filter(pk=bill.pk, state=Bill.State.COLUMNS)
        chosen = waiting.update(columns=columns, state=Bill.State.READING, **about)
        if chosen:
            BillFormat.objects.update_or_create(
                head=_head(bill.header), defaults={"columns": columns}
            )
            wake(JOB, str(bill.pk))
    return bool(chosen)


def delete(bill: Bill) -> None:
    """Hands it to a worker: a bill has many lines. What it has settled stays settled."""
    with transaction.atomic():
        Bill.objects.filter(pk=bill.pk).update(state=Bill.State.DELETING)
        wake(JOB, str(bill.pk))
