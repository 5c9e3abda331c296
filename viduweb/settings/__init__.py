"""Settings, read from the environment and an optional `.env` file beside manage.py.

Nothing has to be set to try the app. `PRODUCTION=1` switches to the strict side: no generated
secrets, no sandbox, secure cookies; it refuses to start while something is missing. Each module
reads what belongs to its duty; what is wrong in any of them is told here, all of it at once.
"""

from .applications import *
from .basics import *
from .data import *
from .doors import *
from .files import *
from .gateway import *
from .limits import *
from .mail import *
from .people import *

values.finish()
# What was given, for the audit log to tell what has changed; of secrets a digest alone.
GIVEN_SETTINGS: dict[str, str] = values.given()
