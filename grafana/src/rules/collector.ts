// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { coreServices } from '@onyx-metrics/otel/catalogue';
import { infrastructureHealth } from '../boards/infrastructure-health.ts';
import { lines, seconds } from '../figures.ts';
import * as collections from '../signals/collections.ts';
import * as collector from '../signals/collector.ts';
import * as limits from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';
import { panelLines } from './recorded-panels.ts';

/** What every gateway pushes as long as it runs. */
const pushed = 'onyx_collector_listening_seconds';

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
    description: 'None of its endpoints has answered for a minute: the state of the services is unknown.',
    when: 'no endpoint of the collector answers',
    users: 'Nothing, but no other alert can fire.',
    panel: [infrastructureHealth, collector.targets],
  },
  {
    name: 'NothingRecorded',
    // What cannot be written down is seen by its age for five minutes, and not at all then. No label, so that it is one alert throughout.
    // Where nothing is scraped at all, gateways say that they are there.
    expr: `time() - max(timestamp(up) or timestamp(${pushed})) > 60 or 300 * absent(up or ${pushed})`,
    for: '1m',
    severity: 'critical',
    summary: 'Prometheus records nothing.',
    description:
      'The last sample is {{ $value | humanizeDuration }} old, or more: its disk is full, or it cannot write. Boards show what was, and then nothing.',
    when: 'the newest sample is older than a minute',
    users: 'Nothing, but boards and alerts go blind.',
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
    when: 'one endpoint does not answer while others do',
    users: 'Nothing.',
    panel: [infrastructureHealth, collector.targets],
  },
  {
    name: 'ScrapeSlow',
    // Of all endpoints together: on a slow host each of them would fire, and users notice none of it.
    // Upstream's exporter does not tell how long it takes: there it is all that Prometheus does.
    expr: `max(${asked(collector.responseTime)} or on (service) ${asked(collector.scrapeTime)}) > ${limits.responseTime.critical}`,
    for: '10m',
    severity: 'info',
    summary: `Scrapes take longer than ${seconds(limits.responseTime.critical)}.`,
    description:
      'The slowest endpoint has a p95 of {{ $value | humanizeDuration }} in the last 15 minutes. Boards may be late, the services are not.',
    when: `the p95 of the answers of any endpoint takes longer than ${seconds(limits.responseTime.critical)}`,
    users: 'Nothing.',
    panel: [infrastructureHealth, collector.responseTime],
  },
  {
    name: 'CollectionSlow',
    expr: `(${asked(collections.collectionTime, '5m')}) > ${limits.collectionTime.critical}`,
    for: '10m',
    severity: 'warning',
    summary: 'Reading the metrics of {{ $labels.service }} takes too long.',
    description:
      'It takes {{ $value | humanizeDuration }} each time, in which LiteLLM and Redis do nothing else. Let it report less.',
    when: `reading the metrics of a service takes longer than ${seconds(limits.collectionTime.critical)}`,
    users: 'LiteLLM and Redis answer late while they are read.',
    panel: [infrastructureHealth, collections.collectionTime],
  },
  {
    name: 'TooManyLines',
    expr: `${asked(collector.lines)} > ${limits.lines.critical}`,
    for: '10m',
    severity: 'info',
    summary: 'The endpoint of {{ $labels.service }} has too many lines.',
    description: `{{ $value | humanize }} lines a scrape, where our metrics add up to ${lines(limits.lines.warning)}.`,
    when: `an endpoint has more than ${lines(limits.lines.critical)}, of which our metrics explain ${lines(limits.lines.warning)}`,
    users: 'Nothing.',
    panel: [infrastructureHealth, collector.lines],
  },
  {
    name: 'PanelsEmpty',
    // Those that had lines within the week: what a version never reports is no news.
    expr: `count(max by (board, panel) (${panelLines} == 0 and max_over_time(${panelLines}[7d]) > 0)) > 0`,
    for: '30m',
    severity: 'info',
    needs: coreServices,
    over: '11m',
    summary: 'Panels that had values have none.',
    description: '{{ $value | humanize }} panels of the boards show nothing although what they show goes on.',
    when: 'a panel that had lines within the week has none, and no reason that it declares holds',
    users: 'Nothing.',
    panel: [infrastructureHealth, collector.targets],
  },
  {
    name: 'CollectorRefusing',
    expr: `${asked(collector.refused, '5m')} > 0`,
    for: '5m',
    severity: 'critical',
    summary: 'The collector refuses data.',
    description: '{{ $value | humanize }} data points a second are refused: it is short of memory.',
    when: 'the collector refuses data for lack of memory',
    users: 'Nothing, but their numbers arrive late.',
    panel: [infrastructureHealth, collector.refused],
  },
  {
    name: 'CollectorDropping',
    expr: `${asked(collector.refused, '5m', 1)} > 0`,
    for: '5m',
    severity: 'critical',
    summary: 'The collector loses data.',
    description: '{{ $value | humanize }} data points a second fail inside the collector and are lost.',
    when: 'data points fail inside the collector',
    users: 'Nothing, but numbers are lost.',
    panel: [infrastructureHealth, collector.refused],
  },
  {
    name: 'PointsLost',
    expr: `${asked(collector.refused, '5m', 3)} > 0 or ${asked(collector.refused, '5m', 4)} > 0`,
    for: '10m',
    severity: 'warning',
    summary: 'Points that the collector took in are lost.',
    description:
      '{{ $value | humanize }} data points a second have no place at an endpoint, or a storage refuses them: two metrics of one name, or too many series.',
    when: 'an endpoint hides points, or a storage refuses them',
    users: 'Nothing, but numbers are lost.',
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
    when: 'a scrape as admin with the password admin is let in',
    users: 'Nothing.',
    panel: [infrastructureHealth, collector.targets],
  },
];
