# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Where servers are met, as frameworks are: to measure the process once it serves, and applications that belong to no framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .process import measuring


def _uvicorn_config(module: Any) -> None:
    from .asgi import wrap

    load = module.Config.load

    def loading(self: Any) -> None:
        load(self)
        # Applications that belong to no framework; those of WSGI come through a bridge that hides them.
        if self.interface == "asgi3":
            self.loaded_app = wrap(self.loaded_app)

    module.Config.load = loading


def _uvicorn_server(module: Any) -> None:
    startup = module.Server.startup

    async def starting(self: Any, *arguments: Any, **named: Any) -> None:
        measuring()
        await startup(self, *arguments, **named)

    module.Server.startup = starting


def _gunicorn_worker(module: Any) -> None:
    from .asgi import wrap as wrap_asgi
    from .wsgi import wrap as wrap_wsgi

    load = module.Worker.load_wsgi

    def loading(self: Any) -> None:
        load(self)
        measuring()
        own = type(self).__module__
        # A worker of another package serves what it likes.
        if own.startswith("gunicorn.workers."):
            self.wsgi = (wrap_asgi if own.endswith("gasgi") else wrap_wsgi)(self.wsgi)

    module.Worker.load_wsgi = loading


def _hypercorn(module: Any) -> None:
    from .asgi import wrap as wrap_asgi
    from .wsgi import wrap as wrap_wsgi

    _wrap_attribute(module.ASGIWrapper, "app", wrap_asgi)
    _wrap_attribute(module.WSGIWrapper, "app", wrap_wsgi)


def _daphne(module: Any) -> None:
    from .asgi import wrap

    _wrap_attribute(module.Server, "application", wrap)


def _waitress(module: Any) -> None:
    from .wsgi import wrap

    _wrap_attribute(module.BaseWSGIServer, "application", wrap)


def _wrap_attribute(cls: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Has objects of a class hold their application measured."""
    init = cls.__init__

    def initialize(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        setattr(self, name, wrap(getattr(self, name)))

    cls.__init__ = initialize


def _asyncio_server(module: Any) -> None:
    import socket

    start = module.Server._start_serving

    def starting(self: Any) -> None:
        # A socket of the file system may be a supervisor's own, as gunicorn's is.
        if any(each.family in (socket.AF_INET, socket.AF_INET6) for each in self.sockets):
            measuring()
        start(self)

    module.Server._start_serving = starting


def _socketserver(module: Any) -> None:
    activate = module.TCPServer.server_activate

    def activating(self: Any) -> None:
        measuring()
        activate(self)

    module.TCPServer.server_activate = activating


SERVERS: dict[str, Callable[[Any], None]] = {
    "asyncio.base_events": _asyncio_server,
    "daphne.server": _daphne,
    "gunicorn.workers.base": _gunicorn_worker,
    "hypercorn.app_wrappers": _hypercorn,
    "socketserver": _socketserver,
    "uvicorn.config": _uvicorn_config,
    "uvicorn.server": _uvicorn_server,
    "waitress.server": _waitress,
}
