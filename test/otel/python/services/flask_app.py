# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Items, in a blueprint too, and a route that fails."""

from flask import Blueprint, Flask

app = Flask(__name__)
mounted = Blueprint("mounted", __name__, url_prefix="/mounted")


@app.get("/items/<int:item>")
@mounted.get("/items/<int:item>")
def read_item(item: int) -> str:
    return str(item)


@app.get("/fail")
def fail() -> None:
    raise RuntimeError


app.register_blueprint(mounted)
