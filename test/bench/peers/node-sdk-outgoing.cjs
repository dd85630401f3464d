// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* The SDK with the two instrumentations of upstream's that measure what a service calls, by `http` and by `fetch`. */
const { createRequire } = require('node:module');
const peer = createRequire(process.env.BENCH_PEERS);
// What upstream's list of instrumentations brings along.
const listed = createRequire(peer.resolve('@opentelemetry/auto-instrumentations-node'));

const { NodeSDK } = peer('@opentelemetry/sdk-node');
const { HttpInstrumentation } = peer('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = listed('@opentelemetry/instrumentation-undici');

new NodeSDK({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] }).start();
