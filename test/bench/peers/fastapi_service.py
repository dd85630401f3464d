# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""A FastAPI service whose handler does nothing, or works for a while; `python fastapi_service.py` prints how much takes 2 ms."""

import os
import time

from fastapi import FastAPI

WORK = int(os.environ.get("BENCH_WORK", "0"))
app = FastAPI()


def work(times: int) -> None:
    for _ in range(times):
        sorted(range(100))


@app.get("/items/{item}")
async def read_item(item: int) -> dict[str, int]:
    work(WORK)
    return {"item": item}


if os.environ.get("BENCH_PEER") == "prometheus":
    from prometheus_fastapi_instrumentator import Instrumentator

    Instrumentator().instrument(app).expose(app)

if __name__ == "__main__":
    work(10_000)
    began = time.process_time()
    work(10_000)
    print(round(10_000 * 0.002 / (time.process_time() - began)))
