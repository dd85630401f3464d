// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { freshness } from '../../../grafana/src/thresholds.ts';
import { type CoreService, coreServices } from '../../../otel/src/catalogue/catalogue.ts';
import { instant, type Series, seconds as secondsOf, type Target } from '../../prometheus/prometheus.ts';
import { type Check, type Finding, fail, pass } from '../check.ts';
import { runtimeOf, seriesOf } from '../expected-series.ts';
import type { Platform } from '../platform.ts';

const configuration = 'collector-config/prometheus/prometheus.yml';
const collector = 'collector-config/collector.yaml';

/** What Prometheus says of all services, asked once. */
interface Known {
  readonly targets: readonly Target[];
  readonly up: readonly Series[];
  readonly age: readonly Series[];
  /** How many series of each service changed lately. */
  readonly moving: ReadonlyMap<string | undefined, number>;
  /** Over how many seconds. */
  readonly seconds: number;
  readonly traffic: number;
}

export const targets: Check = {
  id: 'targets',
  criterion: '9.1.1',
  promise: 'Prometheus scrapes metrics from all 6 core services at 15-second intervals',
  async run(platform) {
    const { prometheus, settings } = platform;
    // Four scrapes, as far as a rate looks back; and long enough for a chat that takes its time.
    const seconds = Math.ceil(Math.max(15, 4 * settings.scrapeSeconds));
    const window = `[${seconds}s]`;
    // What the service itself says: two are the collector's, of which the heartbeat moves whenever it hears anything, the rest Prometheus' own.
    const counted = `{service=~"${coreServices.join('|')}", __name__!~"onyx_(sender_last_seen_timestamp|collector_listening)_seconds|onyx:.+|up|scrape_.+"}`;
    const now = Math.floor(Date.now() / 1000);
    const [targets, up, age, after, before, traffic] = await Promise.all([
      platform.targets(),
      prometheus.query('onyx:service_up'),
      prometheus.query('onyx:service_freshness_seconds'),
      instant(prometheus.ask, counted, now),
      instant(prometheus.ask, counted, now - seconds),
      prometheus.value(`sum(increase(http_server_request_duration_seconds_count{http_route!="/health"}${window}))`),
    ]);
    const known = { targets, up, age, moving: moving(before, after), seconds, traffic: traffic ?? 0 };
    return Promise.all(coreServices.map((service) => judge(service, known, platform)));
  },
};

const of = (series: readonly Series[], service: string) =>
  series.find(({ labels }) => labels.service === service)?.values[0];

/** PromQL cannot tell: a function over several metrics loses their names, and refuses the equal labels that are left. */
function moving(before: readonly Series[], after: readonly Series[]): Known['moving'] {
  const key = ({ labels }: Series) => JSON.stringify(Object.entries(labels).sort());
  const earlier = new Map(before.map((series) => [key(series), series.values[0]]));
  const counts = new Map<string | undefined, number>();
  for (const series of after) {
    const value = earlier.get(key(series));
    // One that was not there has begun.
    if (value === series.values[0]) continue;
    counts.set(series.labels.service, (counts.get(series.labels.service) ?? 0) + 1);
  }
  return counts;
}

async function judge(service: CoreService, known: Known, platform: Platform): Promise<Finding> {
  const way = (await platform.pushed()) ? await judgePush(service, platform) : judgeScrape(service, known, platform);
  return typeof way === 'string' ? judgeService(service, way, known, platform) : way;
}

/** How its samples come, or what is wrong with that. */
function judgeScrape(service: CoreService, known: Known, { settings: { scrapeSeconds } }: Platform): string | Finding {
  const target = known.targets.find(({ labels }) => labels.service === service);
  if (target === undefined) {
    return fail(service, {
      expected: `a target with the label service="${service}"`,
      seen: `targets ${known.targets.map(({ labels }) => labels.service ?? labels.job).join(', ')}`,
      cause: 'its scrape job or its target file is missing, or Prometheus was not reloaded',
      change: `${configuration} or collector-config/prometheus/targets/${service}.yml`,
    });
  }
  if (target.health !== 'up') {
    return fail(service, {
      expected: 'an endpoint that answers',
      seen: `${target.scrapeUrl} is ${target.health}: ${target.lastError || 'not scraped yet'}`,
      cause: /40[13]/.test(target.lastError)
        ? 'the password of Prometheus is not that of the collector'
        : 'the collector is down, or its port is not the one in the target file',
      change: `collector-config/prometheus/targets/${service}.yml, the secret metrics_password, or start the collector`,
    });
  }
  const interval = secondsOf(target.scrapeInterval);
  if (interval !== scrapeSeconds) {
    return fail(service, {
      expected: `a scrape every ${scrapeSeconds} s`,
      seen: `one every ${interval} s`,
      cause: 'scrape_interval was changed',
      change: configuration,
    });
  }
  const scraped = (Date.now() - target.lastScrape.getTime()) / 1000;
  // Two intervals, and what clocks of two machines may differ by.
  if (scraped > 2 * interval + 5) {
    return fail(service, {
      expected: `a scrape in the last ${2 * interval} s`,
      seen: `the last one was ${scraped.toFixed(0)} s ago`,
      cause: 'Prometheus is overloaded, or the clocks of the two machines differ',
      change: 'look at the log of Prometheus',
    });
  }
  return `every ${interval} s, last scrape ${scraped.toFixed(1)} s ago`;
}

/** A gateway says of each endpoint that it is there; nothing is scraped. */
async function judgePush(service: CoreService, platform: Platform): Promise<string | Finding> {
  const { prometheus, settings } = platform;
  const last = await prometheus.value(
    `time() - max(timestamp(onyx_collector_listening_seconds{service="${service}"}))`,
  );
  // Two intervals, and what clocks of two machines may differ by.
  if (last !== undefined && last <= 2 * settings.scrapeSeconds + 5) return `pushed ${last.toFixed(1)} s ago`;
  return fail(service, {
    expected: `a push of a gateway in the last ${2 * settings.scrapeSeconds} s`,
    seen: last === undefined ? 'none for five minutes' : `the last one was ${last.toFixed(0)} s ago`,
    cause: 'the gateways are down or cannot write: their logs say why',
    change: 'ONYX_PUSH_URL of the gateways; docs/guides/scale-out.md',
  });
}

async function judgeService(service: CoreService, way: string, known: Known, platform: Platform): Promise<Finding> {
  const up = of(known.up, service);
  const age = of(known.age, service);
  if (up !== 1 || age === undefined || age > freshness.critical) {
    return fail(service, {
      expected: `onyx:service_up 1, and a report in the last ${freshness.critical} s`,
      seen: `onyx:service_up ${up ?? 'has no value'}, last report ${age === undefined ? 'unknown' : `${age.toFixed(0)} s ago`}`,
      cause: causeOfSilence(service, up),
      change: `start ${service}; else docs/runbooks/services.md`,
    });
  }
  const missing = await missingSeries(service, platform);
  if (missing.length > 0) {
    return fail(service, {
      expected: `every series the boards read of ${service}`,
      seen: `no ${missing.join(', ')}`,
      cause: 'another version of the service has other names, or the collector drops them',
      change: `${collector}, then grafana/src/signals/`,
    });
  }
  const moving = known.moving.get(service) ?? 0;
  if (moving === 0 && known.traffic > 0) {
    return fail(service, {
      expected: 'values that change, for there is traffic',
      seen: `not one of its series changed in ${known.seconds} s`,
      cause: 'the process hangs, or something between it and Prometheus answers from a cache',
      change: `restart ${service}; look for a proxy before it`,
    });
  }
  return pass(service, `${way}, last report ${age.toFixed(1)} s ago, ${moving} series moving`);
}

function causeOfSilence(service: CoreService, up: number | undefined): string {
  if (up === undefined) return 'the rules are not loaded, or Prometheus has only just started';
  return service === 'suna' || service === 'onyx'
    ? 'the process is down, or its exports do not reach the collector'
    : 'the service is down, or the collector cannot log in to it';
}

/**
 * What it should have and has not. A query of a service may name the machine's own series too, which are found at `infra`. A service in
 * Python has none of Node's.
 */
async function missingSeries(service: CoreService, { prometheus }: Platform): Promise<string[]> {
  const found = await prometheus.query(`group by (__name__) ({service=~"${service}|infra"})`);
  const names = new Set(found.map(({ labels }) => labels.__name__ ?? ''));
  const runtimes = new Set([...names].flatMap((name) => runtimeOf(name) ?? []));
  const ofAnother = (name: string): boolean => {
    const runtime = runtimeOf(name);
    return runtime !== undefined && runtimes.size > 0 && !runtimes.has(runtime);
  };
  return seriesOf(service).filter((name) => !names.has(name) && !ofAnother(name));
}
