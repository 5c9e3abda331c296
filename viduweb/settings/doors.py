"""What browsers may do, what stands in front of us, and how far its word counts."""

from csp.constants import NONE, SELF

from .basics import INSECURE_HTTP, PRODUCTION, PUBLIC_URL, values
from .files import file_origins

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
DEFAULT_EXCEPTION_REPORTER_FILTER = "viduweb.error_pages.Filter"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "generation.views.csrf.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *file_origins],
        "media-src": [SELF, "blob:", *file_origins],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# How far browsers keep to HTTPS for a year. Preloading builds the domain into browsers, and takes
# months to undo: whoever owns the whole domain decides that.
HSTS_SUBDOMAINS: bool = values.flag("HSTS_SUBDOMAINS", default=True)
HSTS_PRELOAD: bool = values.flag("HSTS_PRELOAD")
if HSTS_PRELOAD and not HSTS_SUBDOMAINS:
    values.refuse("HSTS_PRELOAD", "needs HSTS_SUBDOMAINS=1.")
SILENCED_SYSTEM_CHECKS = ["security.W021"] + ([] if HSTS_SUBDOMAINS else ["security.W005"])
BEHIND_PROXY: bool = values.flag("BEHIND_PROXY")
# How many proxies of ours stand in front: whose address counts, for limits and the audit log.
FORWARDED_FOR: int = values.number("FORWARDED_FOR", 0, least=0, most=10)
DEVICE_COOKIE_NAME = "device"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not INSECURE_HTTP
    if not INSECURE_HTTP:
        SESSION_COOKIE_NAME = "__Host-sessionid"
        CSRF_COOKIE_NAME = "__Host-csrftoken"
        DEVICE_COOKIE_NAME = "__Host-device"
        SECURE_HSTS_SECONDS = 365 * 24 * 3600
        SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS_SUBDOMAINS
        SECURE_HSTS_PRELOAD = HSTS_PRELOAD
        SECURE_REDIRECT_EXEMPT = [r"^readyz/?$"]
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
