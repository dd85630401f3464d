# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Makes requests of every kind with one library, and is no service until it has made them."""

import asyncio
import http.client
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from urllib.parse import urlsplit

from onyx_metrics import task

library, *urls = sys.argv[1:]
SHORT, LONG = 0.3, 60


def with_http_client(method, url, leave, timeout):
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request(method, parts.path)
        answer = connection.getresponse()
        answer.read(2 if leave else None)
        answer.close()
    finally:
        connection.close()


def with_urllib(method, url, leave, timeout):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=timeout) as answer:
            answer.read(2 if leave else None)
    except urllib.error.HTTPError as failed:
        failed.read()
        failed.close()


def with_urllib3(method, url, leave, timeout):
    import urllib3

    with urllib3.PoolManager() as pool:
        answer = pool.request(method, url, preload_content=False, retries=False, timeout=timeout)
        for _ in answer.stream(2):
            if leave:
                break
        answer.close()


def with_requests(method, url, leave, timeout):
    import requests

    with requests.Session() as session:
        answer = session.request(method, url, stream=leave, timeout=timeout)
        if leave:
            next(answer.iter_content(2))
        answer.close()


def with_httpx(method, url, leave, timeout):
    import httpx

    with (
        httpx.Client(timeout=timeout, follow_redirects=True) as client,
        client.stream(method, url) as answer,
    ):
        for _ in answer.iter_raw():
            if leave:
                break


async def with_httpx_later(method, url, leave, timeout):
    import httpx

    async with (
        httpx.AsyncClient(timeout=timeout, follow_redirects=True) as client,
        client.stream(method, url) as answer,
    ):
        async for _ in answer.aiter_raw():
            if leave:
                break


async def with_aiohttp(method, url, leave, timeout):
    import aiohttp

    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session,
        session.request(method, url) as answer,
    ):
        async for _ in answer.content.iter_any():
            if leave:
                break


send = globals()[f"with_{library}"]
for line in urls:
    kind = line.rpartition("/")[2]
    method = "HEAD" if kind == "head" else "GET"
    # Whatever it is, the other side has counted it.
    with suppress(Exception):
        result = send(method, line, kind == "broken-off", SHORT if kind == "late" else LONG)
        if result is not None:
            asyncio.run(result)
task.record("export", success=True, seconds=1)
