# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Where frameworks are met: right after the application has imported them, and nothing is imported for it.

Each entry names a module and what to do with it. What a version of a framework lacks is left out: requests of it are then
counted without a route, or not at all, and one line says so.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from .process import log
from .servers import SERVERS

Meet = Callable[[Any], None]


def _starlette(module: Any) -> None:
    from .asgi import wrap_method

    module.Starlette.__call__ = wrap_method(module.Starlette.__call__)


def _starlette_routes(module: Any) -> None:
    from .http_server import KEY, template

    def handle_of(cls: Any, note: Callable[[Any, Any], None]) -> None:
        handle = cls.handle

        async def noting(self: Any, scope: Any, receive: Any, send: Any) -> None:
            request = scope.get(KEY)
            if request is not None:
                note(request, self)
            await handle(self, scope, receive, send)

        cls.handle = noting

    def route(request: Any, found: Any) -> None:
        request.route = request.mounted + template(found.path)

    def mount(request: Any, found: Any) -> None:
        if found.path:
            request.mounted += template(found.path)
        # An application without routes of its own, such as a folder of files, has this one.
        request.route = f"{request.mounted}/{{path}}"

    handle_of(module.Route, route)
    handle_of(module.Mount, mount)


def _fastapi_routes(module: Any) -> None:
    # A route that handles requests itself, in versions in which it does.
    if "handle" in vars(module.APIRoute):
        _note_handle(module.APIRoute)


def _note_handle(cls: Any) -> None:
    from .http_server import KEY, template

    handle = cls.handle

    async def noting(self: Any, scope: Any, receive: Any, send: Any) -> None:
        request = scope.get(KEY)
        if request is not None:
            request.route = request.mounted + template(_included_path(scope, self))
        await handle(self, scope, receive, send)

    cls.handle = noting


def _included_path(scope: Any, route: Any) -> Any:
    """The path of a route with the prefixes of all routers that include it: newer FastAPI does not copy routes."""
    included = scope.get("fastapi", {}).get("effective_route_context")
    known = getattr(included, "original_route", None) is route
    return getattr(included, "path_format", route.path) if known else route.path


def _litestar(module: Any) -> None:
    from .asgi import wrap_method

    module.Litestar.__call__ = wrap_method(module.Litestar.__call__)


def _django_asgi(module: Any) -> None:
    from .asgi import wrap_method

    module.ASGIHandler.__call__ = wrap_method(module.ASGIHandler.__call__)


def _django_wsgi(module: Any) -> None:
    from .wsgi import wrap_method

    module.WSGIHandler.__call__ = wrap_method(module.WSGIHandler.__call__)


def _django_routes(module: Any) -> None:
    from .http_server import KEY, template

    resolve = module.BaseHandler.resolve_request

    def noting(self: Any, request: Any) -> Any:
        match = resolve(self, request)
        served = (getattr(request, "scope", None) or getattr(request, "environ", {})).get(KEY)
        if served is not None:
            served.route = template(request.resolver_match.route)
        return match

    module.BaseHandler.resolve_request = noting


def _flask(module: Any) -> None:
    from .http_server import KEY, template
    from .wsgi import wrap_method

    module.Flask.__call__ = wrap_method(module.Flask.__call__)
    dispatch = module.Flask.full_dispatch_request

    def noting(self: Any, *arguments: Any) -> Any:
        from flask import request

        served = request.environ.get(KEY)
        if served is not None and request.url_rule is not None:
            served.route = template(request.url_rule.rule)
        return dispatch(self, *arguments)

    module.Flask.full_dispatch_request = noting


def _celery(module: Any) -> None:
    from .celery_tasks import observe_tasks

    observe_tasks(module)


def _library(name: str) -> Meet:
    def meet(module: Any) -> None:
        from . import http_libraries

        getattr(http_libraries, name)(module)

    return meet


MEETINGS: dict[str, Meet] = {
    **SERVERS,
    "aiohttp.client_reqrep": _library("aiohttp_request"),
    "aiohttp.connector": _library("aiohttp_connector"),
    "celery.signals": _celery,
    "django.core.handlers.asgi": _django_asgi,
    "django.core.handlers.base": _django_routes,
    "django.core.handlers.wsgi": _django_wsgi,
    "fastapi.routing": _fastapi_routes,
    "flask.app": _flask,
    "http.client": _library("http_client"),
    "httpcore._async.connection_pool": _library("httpcore_later"),
    "httpcore._sync.connection_pool": _library("httpcore_now"),
    "httpcore2._async.connection_pool": _library("httpcore_later"),
    "httpcore2._sync.connection_pool": _library("httpcore_now"),
    "litestar.app": _litestar,
    "starlette.applications": _starlette,
    "starlette.routing": _starlette_routes,
    "urllib3.connectionpool": _library("urllib3_pool"),
    "urllib3.response": _library("urllib3_response"),
}


class _Loader(importlib.abc.Loader):
    """Runs a module as its own loader does, and meets it then."""

    def __init__(self, loader: Any, meet: Meet) -> None:
        self._loader = loader
        self._meet = meet

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        # What asks the module for its loader, for a file next to it, say, gets the real one.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _met(module, self._meet)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing itself: it sees the modules that are imported."""

    def __init__(self, meetings: dict[str, Meet]) -> None:
        self._meetings = meetings

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Returns the spec of the others, with a loader that meets the module."""
        if fullname not in self._meetings:
            return None
        meet = self._meetings.pop(fullname)
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: importlib.machinery.ModuleSpec | None = (
                find(fullname, path, target) if finder is not self and find is not None else None
            )
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, meet)
                return spec
        return None


def watch_imports() -> None:
    """Meets every module of the list: now if it is there already, else when it is imported."""
    meetings = dict(MEETINGS)
    for name in [name for name in meetings if name in sys.modules]:
        _met(sys.modules[name], meetings.pop(name))
    sys.meta_path.insert(0, _Finder(meetings))


def _met(module: ModuleType, meet: Meet) -> None:
    try:
        meet(module)
    except Exception as error:
        log(f"{module.__name__} is not measured, in this version of it: {error!r}")
