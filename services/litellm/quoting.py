# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Lets the mock `canary` answer from what it is given, as a real model does: other mocks say the same whatever was found."""

from __future__ import annotations

from typing import Any

from litellm.integrations.custom_logger import CustomLogger


class Quoting(CustomLogger):  # type: ignore[misc]
    """Makes the first message of a call, which names the documents, the answer of the model `canary`."""

    async def async_pre_call_hook(
        self, user_api_key_dict: object, cache: object, data: dict[str, Any], call_type: object
    ) -> dict[str, Any]:
        """Called by the proxy before each call; `data` is its body."""
        if data.get("model") == "canary":
            data["mock_response"] = data["messages"][0]["content"]
        return data


quoting = Quoting()
