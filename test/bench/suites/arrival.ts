// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { startStack } from '../../../services/native/stack.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { Witness } from '../../soak/witness.ts';
import type { Suite } from '../harness.ts';
import { quantile } from '../statistics.ts';

/** Milliseconds between two questions to Prometheus, and the error of each measurement. */
const pause = 250;

export const arrival: Suite = {
  name: 'arrival',
  question: 'How long after a chat has ended can Prometheus be asked for it, at the intervals of production?',
  subjects: ['exports each 10 s, scrapes each 15 s'],
  workloads: ['chats of 4 users'],
  packages: ['@opentelemetry/sdk-metrics'],
  async measure(_subject, _workload, quick) {
    const stack = await startStack({ ports: 'free' });
    try {
      const prometheus = new PrometheusApi(stack.urls.prometheus);
      const witness = new Witness(stack.urls.suna, 4, 0.5);
      const ended: number[] = [];
      const seconds: number[] = [];
      const until = performance.now() + (quick ? 40 : 300) * 1000;
      while (performance.now() < until || seconds.length < ended.length) {
        const now = performance.now();
        if (now < until) while (ended.length < witness.chats.length) ended.push(now);
        const arrived = (await prometheus.scalar('sum(onyx_chat_duration_seconds_count)')) || 0;
        const read = performance.now();
        while (seconds.length < Math.min(arrived, ended.length))
          seconds.push((read - (ended[seconds.length] ?? read)) / 1000);
        if (now > until + 120_000) throw new Error(`${ended.length - seconds.length} chats have not arrived`);
        await setTimeout(pause);
      }
      await witness.stop();
      return {
        values: seconds.length,
        p50Seconds: quantile(seconds, 0.5),
        p95Seconds: quantile(seconds, 0.95),
        maxSeconds: Math.max(...seconds),
      };
    } finally {
      await stack.stop();
    }
  },
};
