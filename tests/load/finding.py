"""`make bench`, of part `--history`: lists, searches and their filters, at every size."""

import json

from tests.processes.stack import Stack

OLD = "2026-02-01"

PAGES = (
    ("gallery, one model of one member", "/tasks/?model=viduq1_img2video&owner=fake-3", {}),
    ("gallery, lost", "/tasks/?state=lost", {}),
    ("gallery, one subject", "/tasks/?subject=fake_1", {}),
    ("gallery, ten months ago", f"/tasks/?before={OLD}", {}),
    ("search, all match", "/tasks/?q=fake", {}),
    ("search, some match", "/tasks/?q=rain+cobbles", {}),
    ("search, none match", "/tasks/?q=xyzzy", {}),
    ("search, much matches, little fits", "/tasks/?q=fake&state=lost&owner=fake-3", {}),
    ("lists of filters with counts", "/tasks/facets/", {}),
    ("rail of days", "/tasks/rail/", {}),
)

PARTS = """
import json, time
from generation.gallery.filters import Filters
from generation.gallery.listing import places_of
from generation.gallery import places
from generation.models import User

ada = User.objects.get(username="fake-1")
deep = places_of(ada, Filters(), places.before("{old}"), down=True, most=1)[0]
asked = {
    "first page": (Filters(), None),
    "page far down": (Filters(), deep[0] if deep else None),
    "one model": (Filters(model="viduq1_img2video"), None),
    "search, all match": (Filters(q="fake"), None),
    "search, some match": (Filters(q="rain cobbles"), None),
    "search, none match": (Filters(q="xyzzy"), None),
}
found = {}
for name, (filters, edge) in asked.items():
    times = []
    for _ in range(25):
        began = time.perf_counter()
        places_of(ada, filters, edge, down=True, most=61)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    found[name] = [times[len(times) // 2], times[-2]]
print(json.dumps(found))
"""


def tell(stack: Stack, database: str) -> None:
    """What the database alone takes to say which sixty tasks are on a page."""
    print(f"\nWhich tasks are on a page, {database} alone{'':6}p50       p95")
    for name, (p50, p95) in json.loads(stack.shell(PARTS.replace("{old}", OLD))).items():
        print(f"  {name:36}{p50:6.2f} ms{p95:7.2f} ms")
