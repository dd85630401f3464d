// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { goBuilds, goEnvironment } from '../../collector-config/go-builds.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { configuration } from './helpers/collector.ts';

const stock = new URL('contrib-distribution.txt', import.meta.url);

test('the collector built here holds only components that the stock contrib image of the same version ships, and five in place of five', async () => {
  const shipped = new Set((await readFile(stock, 'utf8')).split('\n'));
  const manifest = await readFile(join(configuration, 'otelcol/manifest.yaml'), 'utf8');
  const ours = [...manifest.matchAll(/^ {2}- gomod: (.+)$/gm)].map(([, module]) => module as string);
  expect(ours.length).toBeGreaterThan(15);
  const own = 'onyx-metrics/otelcol v0.0.0';
  expect(ours.filter((module) => !shipped.has(module))).toEqual([own, own, own, own, own]);
  for (const component of [
    'exporter/prometheusexporter',
    'exporter/prometheusremotewriteexporter',
    'processor/groupbyattrsprocessor',
    'processor/redactionprocessor',
    'processor/transformprocessor',
  ]) {
    const upstream = `github.com/open-telemetry/opentelemetry-collector-contrib/${component} v0.152.0`;
    expect([shipped.has(upstream), ours.includes(upstream)]).toEqual([true, false]);
    expect(manifest).toContain(`import: onyx-metrics/otelcol/${component.split('/')[1]}\n`);
  }
});

test('the image of the collector is built as native mode builds it, from scratch and not for root', async () => {
  const dockerfile = await readFile(join(configuration, 'otelcol/Dockerfile'), 'utf8');
  const build = goBuilds.find(({ name }) => name === 'otelcol');
  const { GOFLAGS, ...plain } = goEnvironment;
  const environment = [...Object.entries(plain).map(([name, value]) => `${name}=${value}`), `GOFLAGS="${GOFLAGS}"`];
  expect(environment.filter((set) => !dockerfile.includes(set))).toEqual([]);
  expect(dockerfile).toContain(`go build -tags ${build?.tags?.join(',')} -ldflags "${build?.ldflags}" -o /otelcol .`);
  expect(dockerfile.slice(dockerfile.lastIndexOf('FROM '))).toMatch(/^FROM scratch\n.*\nUSER 10001:10001\n/s);
  const [, label] = /image\.version="(.+)"/.exec(dockerfile) ?? [];
  expect(build?.version).toBe(`version ${label}`);
});

test('whatever names an image of the collector, documents and manifests too, names the version that is built', async () => {
  const images = '(onyx-metrics-collector|opentelemetry-collector-contrib|target-allocator):[0-9]+[.][0-9.]+';
  const { stdout } = await execa('git', ['grep', '-hoE', images, '--', ':/'], { cwd: configuration });
  const versions = stdout.split('\n').map((image) => `version ${image.split(':')[1]}`);
  expect(versions.length).toBeGreaterThan(8);
  expect([...new Set(versions)]).toEqual([goBuilds.find(({ name }) => name === 'otelcol')?.version]);
});

test('every component that is built is used by a configuration, and the other way round', async () => {
  const built = parse((await execa(await binary('otelcol'), ['components'])).stdout) as Record<
    string,
    { name: string; deprecated_alias?: string }[]
  >;
  const used = new Map<string, Set<string>>();
  for (const file of [
    'collector.yaml',
    'collector.docker.yaml',
    'collector.push.yaml',
    'collector.token.yaml',
    'business.yaml',
    'containers.yaml',
  ]) {
    const sections = parse(await readFile(join(configuration, file), 'utf8'), { merge: true }) as Record<
      string,
      object
    >;
    for (const kind of ['receivers', 'processors', 'connectors', 'exporters', 'extensions']) {
      const types = Object.keys(sections[kind] ?? {}).map((id) => id.split('/')[0] as string);
      used.set(kind, new Set([...(used.get(kind) ?? []), ...types]));
    }
  }
  for (const [kind, types] of used)
    expect({ [kind]: [...types].sort() }).toEqual({ [kind]: built[kind]?.map(({ name }) => name).sort() });
});
