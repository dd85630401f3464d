// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* What record.mjs and exposed.mjs measure of prom-client. */
const peer = require('node:module').createRequire(process.env.BENCH_PEERS);

const { Counter, Histogram, register } = peer('prom-client');

const labelNames = ['model', 'tenant', 'success'];
const histogram = new Histogram({
  name: 'bench_seconds',
  help: 'As the metrics of the platform.',
  buckets: [0.1, 0.5, 1, 1.5, 2, 5],
  labelNames,
});
const counter = new Counter({ name: 'bench_total', help: 'As the metrics of the platform.', labelNames });

exports.recorders = {
  histogram: (model, tenant, success, seconds) => histogram.observe({ model, tenant, success }, seconds),
  counter: (model, tenant, success) => counter.inc({ model, tenant, success }),
  timer: (model, tenant, success) => histogram.startTimer({ model, tenant })({ success }),
};

exports.expose = () => register.metrics();
