// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { http } from '../../../services/native/processes/readiness.ts';
import { at, type Engine, type Surroundings } from './engine.ts';

/** One VictoriaMetrics, with vmalert for the rules. */
export async function victoriaMetrics({ program, folder, port, rules, alertmanager }: Surroundings): Promise<Engine> {
  const [store, alerting] = [at(port()), at(port())];
  const url = `http://${store}`;
  return {
    processes: [
      {
        ...{ name: 'victoria-metrics', needs: [], limit: 60 },
        command: await program('victoriaMetrics'),
        args: [
          `-httpListenAddr=${store}`,
          `-storageDataPath=${join(folder, 'victoria-metrics')}`,
          '-retentionPeriod=30d',
          // It answers for half a minute ago unless told otherwise: services would look silent for so long.
          '-search.latencyOffset=0s',
          `-vmalert.proxyURL=http://${alerting}`,
        ],
        ready: http(`${url}/health`),
      },
      {
        ...{ name: 'vmalert', needs: ['victoria-metrics'], limit: 60 },
        command: await program('vmalert'),
        args: [
          `-httpListenAddr=${alerting}`,
          ...['datasource', 'remoteWrite', 'remoteRead'].map((end) => `-${end}.url=${url}`),
          `-rule=${rules}/*.yml`,
          '-evaluationInterval=15s',
          '-rule.evalDelay=0s',
          `-notifier.url=${alertmanager}`,
        ],
        ready: http(`http://${alerting}/health`),
      },
    ],
    receivers: [store],
    path: '/api/v1/write',
    url,
  };
}
