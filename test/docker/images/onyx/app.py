# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Answers chats at once, and records them with what it is attached with."""

from fastapi import FastAPI, HTTPException
from onyx_metrics import chat

app = FastAPI()


@app.get("/health")
def health() -> str:
    return "ok"


@app.post("/chat")
def answer(user: str, fail: bool = False) -> str:
    with chat(model="gpt-4o", user_id=user):
        if fail:
            raise HTTPException(502)
    return "an answer"
