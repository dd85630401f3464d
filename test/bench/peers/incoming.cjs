// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * otel/register, which hears nothing of outgoing requests. With BENCH_EMPTY, listeners that do nothing hear of them: that is what
 * Node and undici ask of anything that listens.
 */
const channels = require('node:diagnostics_channel');
const { subscribe } = channels;
const outgoing = /^(http\.client|http2\.client|net\.client|undici:)/;

channels.subscribe = (name, hear) => {
  if (!outgoing.test(name)) subscribe(name, hear);
  else if (process.env.BENCH_EMPTY) subscribe(name, () => {});
};
require('otel/register');
channels.subscribe = subscribe;
