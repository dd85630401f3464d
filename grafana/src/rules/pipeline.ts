// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { infrastructureHealth } from '../boards/infrastructure-health.ts';
import { systemOverview } from '../boards/system-overview.ts';
import * as collections from '../signals/collections.ts';
import * as collector from '../signals/collector.ts';
import * as services from '../signals/services.ts';
import * as limits from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

/** Whether the six services are there, and whether anybody would be told. */
export const serviceAlerts: readonly Alert[] = [
  {
    name: 'Watchdog',
    expr: 'vector(1)',
    severity: 'none',
    summary: 'Fires always, to prove that alerts can be evaluated and delivered.',
    description: 'When it stops arriving where it is sent, nothing else would arrive either.',
    panel: [systemOverview, services.firingAlerts],
  },
  {
    name: 'ServiceDown',
    expr: 'onyx:service_up{service!~"suna|onyx"} == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.service }} is down.',
    description: 'The collector answers, but has got nothing from {{ $labels.service }} for a minute.',
    panel: [systemOverview, services.serviceUp],
  },
  {
    name: 'ServiceSilent',
    expr: 'onyx:service_up{service=~"suna|onyx"} == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.service }} is silent.',
    description:
      '{{ $labels.service }} has exported nothing for more than a minute: it is down, or its telemetry does not arrive.',
    panel: [systemOverview, services.serviceUp],
  },
];

/** Whether what measures the services works. */
export const collectorAlerts: readonly Alert[] = [
  {
    name: 'CollectorDown',
    // Nothing is scraped of collectors that push: they were there within the hour, and are there no more.
    expr:
      'max(up{service!=""} or last_over_time(onyx_collector_listening_seconds[2m]) > bool 0' +
      ' or 0 * last_over_time(onyx_collector_listening_seconds[1h])) == 0',
    for: '1m',
    severity: 'critical',
    summary: 'The collector cannot be reached.',
    description: 'None of its endpoints has answered for a minute: nobody knows how the services are.',
    panel: [infrastructureHealth, collector.targets],
  },
  {
    name: 'NothingRecorded',
    // What cannot be written down is seen by its age for five minutes, and not at all then. No label, so that it is one alert throughout.
    expr: 'time() - max(timestamp(up)) > 60 or 300 * absent(up)',
    for: '1m',
    severity: 'critical',
    summary: 'Prometheus records nothing.',
    description:
      'The last sample is {{ $value | humanizeDuration }} old, or more: its disk is full, or it cannot write. Boards show what was, and then nothing.',
    panel: [infrastructureHealth, collector.targets],
  },
  {
    name: 'ScrapeRefused',
    expr: 'up{service!=""} == 0 and on () max(up{service!=""}) == 1',
    for: '2m',
    severity: 'warning',
    summary: 'Prometheus cannot scrape the endpoint of {{ $labels.service }}.',
    description:
      'Other endpoints of the collector answer, {{ $labels.instance }} has not for two minutes: wrong password, closed port, or too much to say.',
    panel: [infrastructureHealth, collector.targets],
  },
  {
    name: 'ScrapeSlow',
    expr: `${asked(collector.scrapeTime)} > ${limits.scrapeTime.critical}`,
    for: '10m',
    severity: 'warning',
    summary: 'Scraping {{ $labels.service }} takes longer than 10 ms.',
    description:
      'Of the scrapes of the last 15 minutes the slowest twentieth took {{ $value | humanizeDuration }} or more.',
    panel: [infrastructureHealth, collector.scrapeTime],
  },
  {
    name: 'CollectionSlow',
    expr: `(${asked(collections.collectionTime, '5m')}) > ${limits.collectionTime.critical}`,
    for: '10m',
    severity: 'warning',
    summary: 'Reading the metrics of {{ $labels.service }} takes too long.',
    description:
      'It takes {{ $value | humanizeDuration }} every 15 s, in which LiteLLM and Redis do nothing else. Cut what it says.',
    panel: [infrastructureHealth, collections.collectionTime],
  },
  {
    name: 'TooManyLines',
    expr: `${asked(collector.lines)} > ${limits.lines.critical}`,
    for: '10m',
    severity: 'warning',
    summary: 'The endpoint of {{ $labels.service }} has too many lines.',
    description: `{{ $value | humanize }} lines a scrape, where ${limits.lines.warning.toLocaleString('en')} are all that our metrics add up to.`,
    panel: [infrastructureHealth, collector.lines],
  },
  {
    name: 'CollectorRefusing',
    expr: `${asked(collector.refused, '5m')} > 0`,
    for: '5m',
    severity: 'critical',
    summary: 'The collector refuses data.',
    description: '{{ $value | humanize }} data points a second are refused: it is short of memory.',
    panel: [infrastructureHealth, collector.refused],
  },
  {
    name: 'CollectorDropping',
    expr: `${asked(collector.refused, '5m', 1)} > 0`,
    for: '5m',
    severity: 'critical',
    summary: 'The collector loses data.',
    description: '{{ $value | humanize }} data points a second fail inside the collector and are lost.',
    panel: [infrastructureHealth, collector.refused],
  },
  {
    name: 'DefaultCredentials',
    // A scrape that uses them, and should be refused.
    expr: 'max(up{job="default-credentials"}) == 1',
    for: '10m',
    severity: 'warning',
    summary: 'The metrics endpoints accept admin with the password admin.',
    description: 'Anybody who reaches the collector can read all metrics: set a password of your own.',
    panel: [infrastructureHealth, collector.targets],
  },
];
