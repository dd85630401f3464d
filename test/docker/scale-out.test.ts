// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { root } from '../../services/native/environment.ts';
import { counter, instance, message } from '../collector/helpers/otlp.ts';
import { Engine } from './helpers/engine.ts';
import { Operator } from './helpers/operator.ts';
import { Overlaid, soon, until } from './helpers/overlaid.ts';
import { dockerAllowed } from './helpers/requirement.ts';

/** Two collectors that push, as the guide has them, before a platform that is one Redis. */

const guides = 'docs/guides';
const guide = `${guides}/scale-out.md`;

describe.skipIf(!(await dockerAllowed()))('more than one collector in Docker', () => {
  let engine: Engine;
  let folder: string;
  let operator: Operator;
  let seen: Overlaid;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'onyx-scale-out-'));
    await mkdir(path.join(folder, 'secrets'));
    await symlink(root, path.join(folder, 'onyx-metrics'));
    const redis = { image: 'redis:7.4-alpine', networks: ['manus-network'] };
    const platform = { name: 'wide', services: { redis }, networks: { 'manus-network': {} } };
    await writeFile(path.join(folder, 'docker-compose.yml'), stringify(platform));
    await writeFile(path.join(folder, '.env'), 'ONYX_METRICS_DIR=./onyx-metrics\n');
    await writeFile(path.join(folder, 'secrets/redis_password'), '');
    const [, gateways = ''] = /^```yaml\n(.*?)^```$/ms.exec(await readFile(path.join(root, guide), 'utf8')) ?? [];
    await writeFile(path.join(folder, 'docker-compose.gateways.yml'), gateways);
    engine = await Engine.start();
    operator = await Operator.start(engine, folder, 'test/docker/scale-out.test.ts', [guide], {});
    seen = new Overlaid(engine, path.join(folder, 'secrets'));
    await operator.do('sh onyx-metrics/services/secrets.sh');
    await operator.follow(guide, 'gateways.conf');
  });
  afterAll(async () => {
    await engine?.stop();
    await operator?.leave();
  });

  const inspect = (service: string, format: string) =>
    engine.docker(['inspect', '--format', format, `wide-onyx-metrics-${service}-1`]);

  test('one reads the services, the machine and containers, and Prometheus is told once', async () => {
    await seen.areUp(['redis']);
    await until(
      () => seen.value('count(container_memory_usage_total_bytes)'),
      (count) => count === 9,
    );
    await expect.poll(() => seen.value('count(redis_clients_connected)'), soon).toBe(1);
    await expect.poll(() => seen.value('count(system_memory_limit_bytes)'), soon).toBe(1);
    expect(await seen.value('count(up{job!="prometheus"})')).toBeUndefined();
  });

  test('what services send arrives exactly, though one of the two is killed, and that is back by itself', async () => {
    const address = await inspect(
      'gateways',
      '{{with index .NetworkSettings.Networks "wide_manus-network"}}{{.IPAddress}}{{end}}',
    );
    const known = path.join(folder, 'headers');
    await writeFile(known, `authorization: Bearer ${await seen.secret('otlp_token')}\n`, { mode: 0o600 });
    const start = Date.now() - 60_000;
    const send = async (value: number, who: readonly string[] = ['-H', `@${known}`]) => {
      const body = JSON.stringify(
        message({ service: 'suna', instance: instance(1) }, [counter('pushed_total', [{ value, start }])]),
      );
      return (
        await engine.http(`http://${address}:4318/v1/metrics`, {
          args: ['-H', 'content-type: application/json', ...who, '--data', body],
        })
      ).status;
    };
    expect(await send(1, [])).toBe(401);
    const restarts = async () => Number(await inspect('gateway-2', '{{.RestartCount}}'));
    const before = await restarts();
    for (let value = 1; value <= 20; value += 1) {
      if (value === 10) await engine.kill('wide-onyx-metrics-gateway-2-1');
      expect(await send(value)).toBe(200);
    }
    await expect.poll(() => seen.value('sum(pushed_total)'), soon).toBe(20);
    await expect.poll(restarts, soon).toBeGreaterThan(before);
    await expect.poll(() => inspect('gateway-2', '{{.State.Status}}'), soon).toBe('running');
    expect(await send(21)).toBe(200);
    await expect.poll(() => seen.value('sum(pushed_total)'), soon).toBe(21);
  });

  test('the password of Prometheus stands in no environment', async () => {
    const password = await seen.secret('prometheus_password');
    for (const service of ['collector', 'gateway-2'])
      expect(await inspect(service, '{{json .}}')).not.toContain(password);
  });
});
