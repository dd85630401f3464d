# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Items, in included routes and by a regular expression too, and a route that fails; by WSGI and by ASGI."""

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of the test", LOGGING_CONFIG=None)


def read_item(request: HttpRequest, item: str) -> HttpResponse:
    return HttpResponse(item)


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


urlpatterns = [
    path("items/<int:item>", read_item),
    path("fail", fail),
    path("mounted/", include([re_path(r"^items/(?P<item>\d+)$", read_item)])),
]
application = get_wsgi_application()
app = get_asgi_application()
