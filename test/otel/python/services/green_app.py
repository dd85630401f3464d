# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Serves by green threads, at the port of its second argument: items, and an answer that one waits for."""

import sys

library, port = sys.argv[1:]
if library == "gevent":
    from gevent import monkey

    monkey.patch_all()
else:
    import eventlet

    eventlet.monkey_patch()

import time

from flask_app import app


@app.get("/wait")
def wait() -> str:
    print("waits")
    time.sleep(60)
    return "late"


print("serves")
if library == "gevent":
    from gevent.pywsgi import WSGIServer

    WSGIServer(("127.0.0.1", int(port)), app, log=None).serve_forever()
else:
    from eventlet import listen, wsgi

    wsgi.server(listen(("127.0.0.1", int(port))), app, log_output=False)
