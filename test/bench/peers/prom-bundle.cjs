// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * prom-client with its default metrics, and express-prom-bundle as a middleware with the labels of `otel/register`, which server.mjs finds
 * in a global: it needs a line in the application. Rendered as often as the others export, since there are no scrapes here.
 */
const peer = require('node:module').createRequire(process.env.BENCH_PEERS);

const { register } = peer('prom-client');
globalThis[Symbol.for('onyx.bench.middleware')] = peer('express-prom-bundle')({
  includeMethod: true,
  includePath: true,
  includeStatusCode: true,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  promClient: { collectDefaultMetrics: {} },
});
setInterval(() => register.metrics(), Number(process.env.OTEL_METRIC_EXPORT_INTERVAL)).unref();
