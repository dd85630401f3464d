# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import pytest
from conftest import Points

from onyx_metrics.asgi import Receive, Scope, Send, wrap


@pytest.mark.parametrize(("complete", "status"), [(True, "200"), (False, "499")])
def test_a_cancelled_request_lost_its_client_only_if_its_answer_was_not_complete(
    points: Points, complete: bool, status: str
) -> None:
    async def application(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"all", "more_body": not complete})
        await asyncio.sleep(60)

    async def serve() -> None:
        sent = asyncio.Event()

        async def receive() -> MutableMapping[str, Any]:
            raise AssertionError

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.body":
                sent.set()

        # As daphne does with what still runs when it ends.
        running = asyncio.ensure_future(wrap(application)({"type": "http", "method": "GET"}, receive, send))
        await sent.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(serve())
    assert [
        (labels["http.response.status_code"], count) for labels, count in points("http.server.request.duration")
    ] == [(status, 1)]
