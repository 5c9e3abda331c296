"""Our addresses, and the bare view: login, the same middleware, one query that an index answers."""

from django.http import HttpResponse
from django.urls import include, path

from generation.models import Task


def bare(request):
    newest = (
        Task.objects.filter(owner=request.user.pk).order_by("-revision").values_list("revision")
    )
    return HttpResponse(str(newest.first()))


urlpatterns = [path("bare/", bare), path("", include("viduweb.urls"))]
