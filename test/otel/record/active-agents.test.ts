// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { fixture, type Preloaded, preloaded } from '../helpers/preloaded.ts';

/** Three exports, as in production, only shorter. */
const expirationSeconds = 2;

const collector = await collectorOfFile({ ONYX_EXPIRATION: `${expirationSeconds}s` });

function running(agents: number): Preloaded {
  return preloaded([fixture('agents-server.cjs'), String(agents)], {
    OTEL_SERVICE_NAME: 'onyx',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
    OTEL_METRIC_EXPORT_INTERVAL: '300',
  });
}

/** The sum over all processes that Prometheus would show. */
async function activeAgents(): Promise<number> {
  const { body } = await collector.scrape('onyx');
  const values = body.match(/^onyx_active_agents\{.*status="waiting".*\} (\d+)$/gm) ?? [];
  return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

it('the active agents of several processes add up, and those of a crashed one are gone after the expiration', async () => {
  const processes = [running(2), running(3)];
  await expect.poll(activeAgents).toBe(5);

  processes[1]?.child.kill('SIGKILL');
  const crashed = performance.now();
  await expect.poll(activeAgents, { interval: 100 }).toBe(2);
  // One scrape more, here a second of slack on a busy machine.
  expect((performance.now() - crashed) / 1000).toBeLessThan(expirationSeconds + 1);

  // What is alive stays, however long nothing changes.
  await new Promise((resolve) => setTimeout(resolve, expirationSeconds * 1_000));
  expect(await activeAgents()).toBe(2);
  processes[0]?.child.kill();
  await Promise.all(processes.map(({ ended }) => ended));
});
