# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Collections on disk: one folder and one shard of Qdrant's engine each."""

import shutil
from pathlib import Path

from qdrant_edge import Distance, EdgeConfig, EdgeShard, EdgeVectorParams

DISTANCES = {
    "Cosine": Distance.Cosine,
    "Dot": Distance.Dot,
    "Euclid": Distance.Euclid,
    "Manhattan": Distance.Manhattan,
}


class Storage:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.shards = {
            path.name: EdgeShard.load(str(path)) for path in folder.iterdir() if (path / "edge_config.json").exists()
        }

    def create(self, name: str, size: int, distance: str) -> None:
        path = self.folder / name
        # What a killed creation left behind has no configuration yet and would be refused as foreign data.
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        vectors = EdgeVectorParams(size=size, distance=DISTANCES[distance])
        self.shards[name] = EdgeShard.create(str(path), EdgeConfig(vectors=vectors))

    def close(self) -> None:
        for shard in self.shards.values():
            shard.close()
