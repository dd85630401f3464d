// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { http } from '../../../services/native/processes/readiness.ts';
import type { ProcessSpec } from '../../../services/native/processes/supervised-process.ts';
import { at, type Engine, type Surroundings } from './engine.ts';

/** Receivers, of which every series is kept by all: with three a write needs two. */
const replicas = 3;

/** Added by what stores a series, and taken away again by the querier: neither boards nor `verify` know of them. */
const added = ['replica', 'tenant_id', 'ruler'];

/** Three receivers, a store that reads what they put into a folder, a querier over both, and a ruler. */
export async function thanos({ program, folder, port, rules, alertmanager }: Surroundings): Promise<Engine> {
  const command = await program('thanos');
  const bucket = join(folder, 'bucket.yml');
  await mkdir(join(folder, 'bucket'));
  await writeFile(bucket, JSON.stringify({ type: 'FILESYSTEM', config: { directory: join(folder, 'bucket') } }));

  /** A component of Thanos with the two addresses that each has. */
  const component = (name: string, kind: string, flags: readonly string[], needs: readonly string[] = []) => {
    const [httpPort, grpcPort] = [port(), port()];
    const spec: ProcessSpec = {
      ...{ name, command, needs, limit: 60 },
      args: [kind, `--http-address=${at(httpPort)}`, `--grpc-address=${at(grpcPort)}`, ...flags],
      ready: http(`http://${at(httpPort)}/-/ready`),
    };
    return { spec, http: at(httpPort), grpc: at(grpcPort) };
  };

  const hashrings = join(folder, 'hashrings.json');
  const receivers = Array.from({ length: replicas }, (_, index) => {
    const write = at(port());
    const grpcOf = (grpc: string) => `--receive.local-endpoint=${grpc}`;
    const receiver = component(`receiver-${index + 1}`, 'receive', [
      `--remote-write.address=${write}`,
      `--label=replica="${index + 1}"`,
      `--receive.hashrings-file=${hashrings}`,
      `--receive.replication-factor=${replicas}`,
      '--receive.hashrings-algorithm=ketama',
      '--receive.replication-protocol=protobuf',
      // It listens for the other protocol all the same.
      `--receive.capnproto-address=${at(port())}`,
      // As in prometheus.push.yml.
      '--tsdb.out-of-order.time-window=30m',
      `--tsdb.path=${join(folder, `receiver-${index + 1}`)}`,
      `--objstore.config-file=${bucket}`,
    ]);
    return { ...receiver, write, spec: { ...receiver.spec, args: [...receiver.spec.args, grpcOf(receiver.grpc)] } };
  });
  await writeFile(hashrings, JSON.stringify([{ endpoints: receivers.map(({ grpc }) => grpc) }]));

  const store = component('store', 'store', [
    `--data-dir=${join(folder, 'store')}`,
    `--objstore.config-file=${bucket}`,
    '--sync-block-duration=5s',
  ]);
  const names = receivers.map(({ spec }) => spec.name);
  const rulerGrpc = port();
  const querier = component(
    'querier',
    'query',
    [
      ...[...receivers, store].map(({ grpc }) => `--endpoint=${grpc}`),
      `--endpoint=${at(rulerGrpc)}`,
      ...added.map((label) => `--query.replica-label=${label}`),
    ],
    [...names, 'store'],
  );
  const rulerHttp = port();
  const ruler: ProcessSpec = {
    ...{ name: 'ruler', command, needs: ['querier'], limit: 60 },
    args: [
      ...['rule', `--http-address=${at(rulerHttp)}`, `--grpc-address=${at(rulerGrpc)}`],
      `--query=${querier.http}`,
      `--rule-file=${rules}/*.yml`,
      '--eval-interval=15s',
      '--label=ruler="1"',
      '--alert.label-drop=ruler',
      `--alertmanagers.url=${alertmanager}`,
      `--data-dir=${join(folder, 'ruler')}`,
    ],
    ready: http(`http://${at(rulerHttp)}/-/ready`),
  };
  return {
    processes: [...receivers.map(({ spec }) => spec), store.spec, querier.spec, ruler],
    receivers: receivers.map(({ write }) => write),
    path: '/api/v1/receive',
    url: `http://${querier.http}`,
  };
}
