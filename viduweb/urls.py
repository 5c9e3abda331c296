"""The project's addresses: the app, and Django's admin."""

from django.urls import include, path

from generation.admin import site

urlpatterns = [
    path("admin/", site.urls),
    path("", include("generation.urls")),
]
