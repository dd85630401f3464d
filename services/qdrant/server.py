# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Stand-in for a Qdrant server: Qdrant's own engine (qdrant-edge-py) behind the part of its REST API and /metrics that
the platform uses. No package registry has a Qdrant server; where containers run, use the real one."""

import argparse
from pathlib import Path

import uvicorn

from rest import create_app
from storage import Storage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6333)
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections, made when missing")
    parser.add_argument("--api-key-file", type=Path, required=True, help="file holding the API key, in one line")
    options = parser.parse_args()

    api_key = options.api_key_file.read_text().strip()
    if not api_key:
        parser.error(f"{options.api_key_file} is empty: put the API key into it")
    app = create_app(Storage(options.data), api_key)
    print(f"Qdrant stand-in on http://{options.host}:{options.port}", flush=True)
    # Longer than any client keeps an idle connection: a request sent while the server closes it is lost.
    uvicorn.run(
        app, host=options.host, port=options.port, access_log=False, log_level="warning", timeout_keep_alive=75
    )


if __name__ == "__main__":
    main()
