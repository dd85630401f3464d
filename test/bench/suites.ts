// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Suite } from './harness.ts';
import { collector } from './suites/collector.ts';
import { collectorExporter } from './suites/collector-exporter.ts';
import { collectorPoints } from './suites/collector-points.ts';
import { containers } from './suites/containers.ts';
import { dashboards } from './suites/dashboards.ts';
import { dashboardsAtLimits } from './suites/dashboards-at-limits.ts';
import { endpoint } from './suites/endpoint.ts';
import { footprint } from './suites/footprint.ts';
import { footprintAtLimits } from './suites/footprint-at-limits.ts';
import { growth } from './suites/growth.ts';
import { lines } from './suites/lines.ts';
import { outgoing } from './suites/outgoing.ts';
import { outgoingAlone } from './suites/outgoing-alone.ts';
import { overhead } from './suites/overhead.ts';
import { pipeline } from './suites/pipeline.ts';
import { python } from './suites/python.ts';
import { record } from './suites/record.ts';
import { scrape } from './suites/scrape.ts';
import { startup } from './suites/startup.ts';

/** In the order in which they run and are told. */
export const suites: readonly Suite[] = [
  ...[overhead, outgoing, outgoingAlone, startup, record, endpoint, python],
  ...[
    collector,
    collectorExporter,
    collectorPoints,
    scrape,
    pipeline,
    growth,
    footprint,
    footprintAtLimits,
    containers,
  ],
  ...[dashboards, dashboardsAtLimits, lines],
];
