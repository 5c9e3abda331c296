"""The project's addresses: the app, and Django's admin behind the app's own login."""

from django.contrib import admin
from django.urls import include, path

from generation.views.people import admin_login

urlpatterns = [
    # One login form, one limit on wrong passwords.
    path("admin/login/", admin_login),
    path("admin/", admin.site.urls),
    path("", include("generation.urls")),
]
