"""Errors that help."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is old or foreign: say how to go on."""
    return render(request, "errors/csrf.html", status=403)
