// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* Upstream's SDK and its Prometheus exporter without anything else; asked at the port of `OTEL_EXPORTER_PROMETHEUS_PORT` if there is one. */
const peer = require('node:module').createRequire(process.env.BENCH_PEERS);

const { metrics } = peer('@opentelemetry/api');
const { PrometheusExporter } = peer('@opentelemetry/exporter-prometheus');
const { MeterProvider } = peer('@opentelemetry/sdk-metrics');

const port = Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT);
const reader = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: !port, withoutScopeInfo: true });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
