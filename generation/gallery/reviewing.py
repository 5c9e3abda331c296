"""The team's word on a result: approved, needs work, rejected, and what was said before."""

from generation.models import Task, User

from .bulk_said import review_all


class NothingToReview(Exception):
    def __str__(self) -> str:
        return "There is no result to review yet."


def review(task: Task, who: User, verdict: str) -> None:
    """Says what shall hold, "" that nothing does; what is so already changes nothing. Raises NothingToReview.

    Open galleries notice it as any other change of the task; the timeline says who it was.
    """
    if review_all([task], who, verdict):
        raise NothingToReview
