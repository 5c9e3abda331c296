"""Every address of the app, by page."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from .views import (
    callbacks,
    engine,
    health,
    held,
    keys,
    media,
    metrics,
    people,
    studio,
    subjects,
    tasks,
)

urlpatterns = [
    # studio and tasks
    path("", studio.studio, name="studio"),
    path("composer/", studio.composer, name="composer"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/changes/", tasks.changes, name="changes"),
    path("tasks/<uuid:pk>/", tasks.task, name="task"),
    path("tasks/<uuid:pk>/again/", tasks.again, name="task-again"),
    path("tasks/<uuid:pk>/cancel/", tasks.cancel, name="task-cancel"),
    path("tasks/<uuid:pk>/give-up/", tasks.give_up, name="task-give-up"),
    path("tasks/<uuid:pk>/send-again/", tasks.send_again, name="task-send-again"),
    path("tasks/<uuid:pk>/release/", held.release, name="task-release"),
    path("tasks/<uuid:pk>/remote-id/", tasks.remote_id, name="task-remote-id"),
    # subjects
    path("subjects/", subjects.subjects, name="subjects"),
    path("subjects/restore/<uuid:pk>/", subjects.restore, name="subject-restore"),
    path("subjects/<slug:handle>/", subjects.subject, name="subject"),
    path("subjects/<slug:handle>/archive/", subjects.archive, name="subject-archive"),
    # keys
    path("keys/", keys.keys, name="keys"),
    path("keys/<uuid:pk>/test/", keys.test, name="key-test"),
    path("keys/<uuid:pk>/active/", keys.active, name="key-active"),
    path("keys/<uuid:pk>/limit/", keys.limit, name="key-limit"),
    path("keys/<uuid:pk>/delete/", keys.delete, name="key-delete"),
    # admins
    path("engine/", engine.engine, name="engine"),
    path("engine/release/", held.release, name="engine-release"),
    # people
    path("account/", people.account, name="account"),
    path("login/", people.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("setup/", people.setup, name="setup"),
    # private files
    path("media/images/<uuid:pk>/", media.image, name="image"),
    path("media/images/<uuid:pk>/thumbnail/", media.image_thumbnail, name="image-thumbnail"),
    path("media/outputs/<uuid:pk>/", media.output, name="output"),
    path("media/outputs/<uuid:pk>/poster/", media.output_poster, name="output-poster"),
    # other machines; /healthz is answered by the first middleware
    path("callbacks/<slug:token>/", callbacks.callback, name="callback"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", health.readyz),
    path("readyz/", health.readyz, name="readyz"),
]
