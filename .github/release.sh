#!/bin/sh
# Makes the files of a release in release/, and their description in release.md:
#   sh .github/release.sh v1.2.3
set -eu
cd "$(dirname "$0")/.."
tag=${1:?name the tag, such as v1.2.3}
version=$(node --print "require('./otel/package.json').version")

if [ "$tag" != "v$version" ]; then
  echo "$tag is not v$version, the version in otel/package.json: change one of them." >&2
  exit 1
fi
awk -v heading="## $version" 'index($0, "## ") == 1 { shown = index($0, heading) == 1; next } shown' CHANGELOG.md >release.md
if ! grep -q . release.md; then
  echo "CHANGELOG.md has nothing under \"## $version\": write what changed there." >&2
  exit 1
fi

rm -rf release
mkdir release
npm pack --silent --workspace otel --pack-destination release >&2
cp otel/dist/register.cjs otel/dist/instrumentations.cjs release/
# What is bundled into the files is a development dependency.
npm sbom --package-lock-only --workspace otel --sbom-format spdx >release/otel.spdx.json
cd release
sha256sum -- * >SHA256SUMS
