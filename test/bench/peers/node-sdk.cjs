// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* What upstream's guide for Express asks to write: the SDK with the two instrumentations that a web service needs. */
const peer = require('node:module').createRequire(process.env.BENCH_PEERS);

const { NodeSDK } = peer('@opentelemetry/sdk-node');
const { HttpInstrumentation } = peer('@opentelemetry/instrumentation-http');
const { ExpressInstrumentation } = peer('@opentelemetry/instrumentation-express');

new NodeSDK({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] }).start();
