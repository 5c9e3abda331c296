"""Which address is of which kind: every new one has a place here (test_walker.py)."""

PUBLIC = {"login", "setup", "readyz", "logout"}
MEMBERS = {"studio", "tasks", "changes", "uploads", "prompts", "subjects", "keys", "account"}
ADMINS = {"engine", "team", "budgets", "audit", "audit-export"}
ADMIN_OBJECTS = {
    "budget-decide",
    "member",
    "member-hand-over",
    "member-password",
    "invitation-renew",
    "invitation-withdraw",
}
WITH_TOKEN = {"callback", "metrics", "invitation", "password-reset"}
POST_ONLY = {
    "composer", "task-again", "task-cancel", "task-give-up", "subject-archive", "subject-restore", "key-test",
    "key-active", "key-limit", "key-delete", "logout", "task-send-again", "task-remote-id",
    "task-release", "engine-release", "draft", "draft-afresh", "task-vary", "output-use",
    "member-hand-over", "invitation-renew", "invitation-withdraw", "budget-decide",
}  # fmt: skip
# results
MEMBERS |= {"facets", "rail"}
POST_ONLY |= {"task-favourite"}
MEMBERS |= {"trash"}
POST_ONLY |= {"task-trash", "task-restore", "trash-restore", "trash-undo", "trash-empty"}
LEADS_TO_THE_GALLERY = {"tasks-bulk"}
POST_ONLY |= {"tasks-zip", "collection-arrange", "collection-delete"}
MEMBERS |= {"collections", "collection-choose"}
POST_ONLY |= {"share-end"}
WITH_TOKEN |= {"shared", "shared-file"}
WITH_KEPT_SELECTION = {"tasks-zip-file"}
OF_ONESELF = {"draft", "draft-afresh"}
OF_PEOPLE = {"person-picture"}
"""Which every member sees."""
# people
PUBLIC |= {"forgotten"}
POST_ONLY |= {"member-password"}
ADMIN_OBJECTS |= {"member-password"}
PUBLIC |= {"second-step"}
MEMBERS |= {"security", "security-app"}
POST_ONLY |= {
    "login-passkey", "security-codes", "security-passkey", "security-remove", "security-devices",
    "member-factors",
}  # fmt: skip
ADMIN_OBJECTS |= {"member-factors"}
LEADS_ON = {"confirm", "sso", "sso-callback"}
# money
MEMBERS |= {"usage", "usage-tasks", "usage-export", "usage-export-json"}
POST_ONLY |= {"usage-settle", "bill-settle", "bill-match", "bill-delete"}
ADMIN_OBJECTS |= {"usage-settle", "bill", "bill-settle", "bill-match", "bill-delete"}
GET_ONLY = {"bill-export"}
ADMIN_OBJECTS |= GET_ONLY
ADMINS |= {"reconciliation"}
# saved searches
MEMBERS |= {"searches"}
POST_ONLY |= {"search", "search-delete"}
# presets
MEMBERS |= {"presets", "snippets"}
POST_ONLY |= {
    "snippet",
    "snippet-delete",
    "preset-new",
    "preset",
    "preset-delete",
    "preset-default",
}
# alerts
ADMINS |= {"alerts"}
POST_ONLY |= {"alert-active", "alert-test", "alert-delete"}
ADMIN_OBJECTS |= {"alert-active", "alert-test", "alert-delete"}
ADMINS |= {"webhooks"}
POST_ONLY |= {"webhook-active", "webhook-test", "webhook-delete"}
ADMIN_OBJECTS |= {"webhook-active", "webhook-test", "webhook-delete"}
# notices
MEMBERS |= {"notices"}
WITH_TOKEN |= {"digest-stop"}
POST_ONLY |= {"notices-read"}
# subjects
MEMBERS |= {"subject-new", "handle-check", "mention-list"}
POST_ONLY |= {
    "subject-begin", "subject-copy", "subject-delete", "subject-hand-over", "subject-restore-version",
    "proposal", "subject-import",
}  # fmt: skip
# keys
POST_ONLY |= {"key-members", "key-secret"}
OF_COLLEAGUES = {"subject-propose"}
OF_OBJECTS = {
    "task", "task-again", "task-cancel", "task-give-up", "image", "image-thumbnail", "output",
    "output-poster", "output-picture", "task-favourite", "task-trash", "task-restore", "subject", "subject-archive", "subject-restore", "key-test", "key-active", "key-limit",
    "key-delete", "task-send-again", "task-remote-id", "task-release", "task-vary", "subject-copy", "subject-delete",
    "search", "search-delete", "snippet", "snippet-delete", "preset", "preset-delete", "preset-default",
    "subject-edit", "subject-export", "subject-hand-over", "subject-propose", "subject-restore-version", "proposal", "output-use",
    "key", "key-members", "key-secret",
    "collection", "collection-arrange", "collection-delete", "collection-download",
    "collection-share", "task-share", "share-end", "bulk-job",
}  # fmt: skip
# the viewer
OF_OBJECTS |= {"task-viewer"}
MEMBERS |= {"compare"}
# remarks
OF_OBJECTS |= {"task-rate", "task-review", "task-tag", "task-note"}
POST_ONLY |= {"task-rate", "task-review", "task-tag", "task-note"}
# comments
OF_OBJECTS |= {"task-comments", "task-members", "comment", "comment-delete"}
POST_ONLY |= {"comment-delete"}
