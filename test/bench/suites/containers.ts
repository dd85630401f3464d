// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { ours, Reference } from '../../docker/helpers/reference.ts';
import type { Sample, Suite } from '../harness.ts';

/** Of a container, as its cgroup counts it and Docker passes it on. */
interface Statistics {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly memory_stats: {
    readonly usage: number;
    readonly stats: { readonly inactive_file?: number; readonly total_inactive_file?: number };
  };
}

const nameOf = (service: string): string => service.replace('onyx-metrics-', '');

export const containers: Suite = {
  name: 'containers',
  question: 'How much CPU and memory do the containers of the overlay take while 20 users chat?',
  subjects: ['alertmanager', 'collector', 'containers', 'docker', 'grafana', 'prometheus'],
  workloads: ['intervals of production'],
  packages: [],
  async measureTogether(_, quick) {
    const reference = await Reference.start();
    try {
      await reference.seen.areUp();
      const used = () => Promise.all(ours.map((service) => statistics(reference, service)));
      const began = performance.now();
      const before = await used();
      for (let load = 0; load < (quick ? 1 : 4); load++) await reference.load();
      const after = await used();
      const seconds = (performance.now() - began) / 1000;
      return Object.fromEntries(
        ours.map((service, index): [string, Sample] => {
          const [first, last] = [before[index] as Statistics, after[index] as Statistics];
          const nanoseconds = last.cpu_stats.cpu_usage.total_usage - first.cpu_stats.cpu_usage.total_usage;
          const { usage, stats } = last.memory_stats;
          return [
            nameOf(service),
            {
              cpuPercentOfACore: nanoseconds / 1e7 / seconds,
              // What Docker shows: without files that the kernel may forget.
              megabytes: (usage - (stats.total_inactive_file ?? stats.inactive_file ?? 0)) / 1e6,
            },
          ];
        }),
      );
    } finally {
      await reference.stop();
    }
  },
};

async function statistics(reference: Reference, service: string): Promise<Statistics> {
  const id = await reference.inspect(service, '{{.Id}}');
  const args = ['--unix-socket', '/run/docker.sock'];
  const { body } = await reference.engine.http(`http://docker/containers/${id}/stats?stream=false&one-shot=true`, {
    args,
  });
  return JSON.parse(body);
}
