// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { coreServices, reporting } from '@onyx-metrics/otel/catalogue';
import type { RecordingGroup } from './recorded.ts';

const six = `service=~"${coreServices.join('|')}"`;
/** Those the collector asks itself, and so knows when they do not answer. */
const asked = 'service=~"qdrant|litellm"';
const lastSeen = `onyx_sender_last_seen_timestamp_seconds{${six}}`;
const listening = `timestamp(onyx_collector_listening_seconds{${six}})`;
/** Seconds in which a series that goes on has a sample. */
const twoScrapes = 30;

/** When each service started, with its version where it says so: markers on boards, and the table of what changed. */
const starts = [
  'max by (service, version) (onyx_process_start_time_seconds)',
  // Each scrape asks one of its workers: the last one that began is known until all have been asked.
  'max by (service) (max_over_time(process_start_time_seconds{service="litellm"}[5m]))',
].join(' or ');

/** Whether the six report; the truth table is in docs/guides/collector.md. */
export const serviceGroups: readonly RecordingGroup[] = [
  {
    name: 'services',
    rules: [
      {
        why: 'Seconds since the collector last had anything from the service; of one that is gone, for an hour.',
        record: 'onyx:service_freshness_seconds',
        expr: `time() - max by (service) (last_over_time(${lastSeen}[1h]))`,
      },
      {
        why: `1: the service reports. 0: it does not, and the collector has been listening for long enough to know. No value: unknown, because
the endpoint cannot be reached, Prometheus was away and has not asked yet, or the collector has only just started. ${reporting.silentAfter} s are three
reports, and what the collector waits before it forgets a sender. What the last scrape did not bring does not count: a Prometheus that
was killed leaves series without an end.`,
        record: 'onyx:service_up',
        expr: `(
  max by (service) (time() - ${lastSeen} < bool ${reporting.silentAfter}) == 1
  unless on (service) (max by (service) (onyx_target_up{${asked}}) == 0)
  unless on (service) (max by (service) (up{${six}}) == 0)
)
or
(
  0 * max by (service) (time() - ${listening} < ${twoScrapes})
  unless on (service) (
    max by (service) (timestamp(up{${six}}))
    >
    max by (service) (${listening})
  )
)`,
      },
    ],
  },
  {
    name: 'starts',
    rules: [
      {
        why: 'Seconds since 1970 at which the youngest process of the service started. Another value is a restart, another version a deployment.',
        record: 'onyx:service_start_time_seconds',
        expr: starts,
      },
    ],
  },
];
