// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Series in promtool's notation: `0+15x40` is 41 samples that start at 0 and grow by 15. */
export type Series = Readonly<Record<string, string>>;

export interface Firing {
  readonly series: Series;
  /** What the alert carries in addition to its severity and the services it needs. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

export interface AlertCase {
  /** Time between two samples; default 15 s, as Prometheus scrapes. */
  readonly interval?: '15s' | '1m' | '5m';
  /** Time between two evaluations; default 1 min. More where days have to pass. */
  readonly evaluated?: '1m' | '5m';
  /** When it is looked at, since the first sample. */
  readonly at: string;
  /** By what happens. */
  readonly fires: Readonly<Record<string, Firing>>;
  /** What looks similar and is no reason to wake anybody. */
  readonly silent: Readonly<Record<string, Series>>;
}

const endpoint = (service: string) => `{service="${service}", instance="collector:9464"}`;
/** The series by which a service reports, every 15 s, for ten minutes; `until`: for so many samples only. */
const reports = (service: string, until = 40): Series => ({
  [`up${endpoint(service)}`]: '1x40',
  [`onyx_collector_listening_seconds{service="${service}"}`]: '60+15x40',
  [`onyx_sender_last_seen_timestamp_seconds{service="${service}"}`]: `0+15x${until} ${15 * until}x${40 - until}`,
});
/** The same of a service whose endpoint answers for a minute only. */
const unreachable = (service: string): Series => ({
  [`up${endpoint(service)}`]: '1x4 0x36',
  [`onyx_collector_listening_seconds{service="${service}"}`]: '60+15x4 stale',
  [`onyx_sender_last_seen_timestamp_seconds{service="${service}"}`]: '0+15x4 stale',
});
/** A counter that grows by `perMinute` for so many minutes and then stays, with a sample every 15 s. */
const counts = (perMinute: number, minutes: number, still = 0) =>
  `0+${perMinute / 4}x${4 * minutes}${still > 0 ? ` ${perMinute * minutes}x${4 * still}` : ''}`;
const never = '0x240';

const requests = (service: string, status: number) =>
  `http_server_request_duration_seconds_count{service="${service}", http_route="/chat", http_response_status_code="${status}"}`;
const seconds = (service: string) =>
  `http_server_request_duration_seconds_sum{service="${service}", http_route="/chat", http_response_status_code="200"}`;
const callsTo = (status: string | undefined, error?: string) =>
  `http_client_request_duration_seconds_count{service="onyx", http_request_method="POST", server_address="qdrant", server_port="6333"${status ? `, http_response_status_code="${status}"` : ''}${error ? `, error_type="${error}"` : ''}}`;
const asksRedis = (error?: string) =>
  `db_client_operation_duration_seconds_count{service="onyx", db_system_name="redis", db_operation_name="GET", server_address="redis", server_port="6379"${error ? `, error_type="${error}"` : ''}}`;
const chats = (success: boolean) =>
  `onyx_chat_duration_seconds_count{service="suna", model="gpt-4o", success="${success}"}`;
const tasks = (success: boolean) =>
  `onyx_task_completion_total{service="onyx", task_type="ingest", duration_category="under_1s", success="${success}"}`;
const queue = 'onyx_queue_depth{service="supabase"}';
const agents = (status: string) => `onyx_active_agents{service="onyx", agent_type="research", status="${status}"}`;
const questions = (result: string) => `onyx_canary_questions_total{service="apps", result="${result}"}`;
const canaryExpected = 'onyx_canary_expected{service="infra"}';
const calls = (labels = '') =>
  `gen_ai_client_operation_duration_seconds_count{service="onyx", gen_ai_request_model="gpt-4o"${labels}}`;
const callsWithin = (le: string) =>
  `gen_ai_client_operation_duration_seconds_bucket{service="onyx", gen_ai_request_model="gpt-4o", le="${le}"}`;
/** What the proxy counts, of a collector that reads it for so many samples. */
const spent =
  'litellm_spend_metric_total{service="litellm", instance="litellm", requested_model="gpt-4o", team_hash="t_0123456789ab"}';
const read = (samples: number): Series => ({ 'onyx_target_up{service="litellm"}': `1x${samples}` });
const budget = 'onyx_budget_monthly_usd{service="infra"}';
const retrievals =
  'onyx_rag_retrieval_duration_seconds_count{service="onyx", vector_count="1-5", similarity_threshold="none"}';
const retrievalsWithin = (le: string) =>
  `onyx_rag_retrieval_duration_seconds_bucket{service="onyx", vector_count="1-5", similarity_threshold="none", le="${le}"}`;
const empty = 'onyx_rag_empty_results_total{service="onyx"}';
const cpu = (state: string) => `system_cpu_time_seconds_total{service="infra", state="${state}"}`;
const memory = 'system_memory_utilization_ratio{service="infra", state="used"}';
const disk = 'system_filesystem_utilization_ratio{service="infra", mountpoint="/"}';
const free = 'system_filesystem_usage_bytes{service="infra", mountpoint="/", state="free"}';
const deadlocks = 'postgresql_deadlocks_total{service="supabase", database="postgres"}';

/** For each alert what must make it fire, with what it says then, and what must not. */
export const alertCases: Readonly<Record<string, AlertCase>> = {
  Watchdog: {
    at: '1m',
    fires: {
      'nothing at all is known': {
        series: {},
        summary: 'Fires always, to prove that alerts can be evaluated and delivered.',
        description: 'When it stops arriving where it is sent, nothing else would arrive either.',
      },
    },
    silent: {},
  },

  ServiceDown: {
    at: '5m',
    fires: {
      'the receiver of Redis gets nothing for longer than three reports': {
        series: reports('redis', 4),
        labels: { service: 'redis' },
        summary: 'redis is down.',
        description: 'The collector answers, but has got nothing from redis for a minute.',
      },
      'Qdrant refuses its scrapes': {
        series: { ...reports('qdrant'), 'onyx_target_up{service="qdrant"}': '0x40' },
        labels: { service: 'qdrant' },
        summary: 'qdrant is down.',
        description: 'The collector answers, but has got nothing from qdrant for a minute.',
      },
    },
    silent: {
      'it reports': { ...reports('qdrant'), 'onyx_target_up{service="qdrant"}': '1x40' },
      'its endpoint cannot be reached, so nobody knows': unreachable('redis'),
      'it is Suna, which has an alert of its own': reports('suna', 4),
    },
  },

  ServiceSilent: {
    at: '5m',
    fires: {
      'Suna stops exporting': {
        series: reports('suna', 4),
        labels: { service: 'suna' },
        summary: 'suna is silent.',
        description: 'suna has exported nothing for more than a minute: it is down, or its telemetry does not arrive.',
      },
    },
    silent: {
      'it exports': reports('suna'),
      'it is Redis, which has an alert of its own': reports('redis', 4),
      'the collector cannot be reached, so nobody knows': unreachable('suna'),
    },
  },

  CollectorDown: {
    at: '5m',
    fires: {
      'no endpoint answers': {
        series: { [`up${endpoint('suna')}`]: '1x8 0x32', [`up${endpoint('redis')}`]: '1x8 0x32' },
        summary: 'The collector cannot be reached.',
        description: 'None of its endpoints has answered for a minute: the state of the services is unknown.',
      },
      'collectors push, and none does any more': {
        series: { 'onyx_collector_listening_seconds{service="suna"}': '60+15x4' },
        summary: 'The collector cannot be reached.',
        description: 'None of its endpoints has answered for a minute: the state of the services is unknown.',
      },
    },
    silent: {
      'collectors push': { 'onyx_collector_listening_seconds{service="suna"}': '60+15x40' },
      'one endpoint answers': { [`up${endpoint('suna')}`]: '1x40', [`up${endpoint('redis')}`]: '1x8 0x32' },
      'it was restarted': { [`up${endpoint('suna')}`]: '1x16 0 0 1x21', [`up${endpoint('redis')}`]: '1x16 0 0 1x21' },
    },
  },

  NothingRecorded: {
    at: '6m',
    fires: {
      'its disk was full three minutes ago': {
        series: { [`up${endpoint('suna')}`]: '1x12 _x28' },
        summary: 'Prometheus records nothing.',
        description:
          'The last sample is 3m 0s old, or more: its disk is full, or it cannot write. Boards show what was, and then nothing.',
      },
      'its disk has been full for longer than it looks back': {
        series: {},
        summary: 'Prometheus records nothing.',
        description:
          'The last sample is 5m 0s old, or more: its disk is full, or it cannot write. Boards show what was, and then nothing.',
      },
    },
    silent: {
      'it scrapes': { [`up${endpoint('suna')}`]: '1x40' },
      'no endpoint answers': { [`up${endpoint('suna')}`]: '0x40' },
      'one target is gone, another is not': { [`up${endpoint('suna')}`]: '1x8', [`up${endpoint('redis')}`]: '1x40' },
      'it was restarted': { [`up${endpoint('suna')}`]: '1x16 _x5 1x19' },
      'gateways push, and nothing is scraped': { 'onyx_collector_listening_seconds{service="suna"}': '60+15x40' },
    },
  },

  ScrapeRefused: {
    at: '5m',
    fires: {
      'one endpoint refuses, another answers': {
        series: { [`up${endpoint('suna')}`]: '1x40', [`up${endpoint('redis')}`]: '1x8 0x32' },
        labels: { service: 'redis', instance: 'collector:9464' },
        summary: 'Prometheus cannot scrape the endpoint of redis.',
        description:
          'Other endpoints of the collector answer, collector:9464 has not for two minutes: wrong password, closed port, or too much to say.',
      },
    },
    silent: {
      'all answer': { [`up${endpoint('suna')}`]: '1x40', [`up${endpoint('redis')}`]: '1x40' },
      'none answers: the collector is down': { [`up${endpoint('suna')}`]: '0x40', [`up${endpoint('redis')}`]: '0x40' },
    },
  },

  ScrapeSlow: {
    at: '30m',
    fires: {
      'answers take 20 ms, however long Prometheus takes': {
        series: {
          [`scrape_duration_seconds${endpoint('suna')}`]: '0.004x120',
          'otelcol_exporter_response_duration_seconds_bucket{exporter="prometheus/suna",le="0.01"}': '0x120',
          'otelcol_exporter_response_duration_seconds_bucket{exporter="prometheus/suna",le="0.02"}': '0+1x120',
          'otelcol_exporter_response_duration_seconds_bucket{exporter="prometheus/suna",le="+Inf"}': '0+1x120',
        },
        summary: 'Scrapes take longer than 10 ms.',
        description:
          'The slowest endpoint has a p95 of 19.5ms in the last 15 minutes. Boards may be late, the services are not.',
      },
      'scrapes of an exporter that tells nothing take 20 ms': {
        series: { [`scrape_duration_seconds${endpoint('suna')}`]: '0.02x120' },
        summary: 'Scrapes take longer than 10 ms.',
        description:
          'The slowest endpoint has a p95 of 20ms in the last 15 minutes. Boards may be late, the services are not.',
      },
      'all of them do, which is one alert': {
        series: Object.fromEntries(
          ['suna', 'onyx', 'redis'].map((service) => [`scrape_duration_seconds${endpoint(service)}`, '0.02x120']),
        ),
        summary: 'Scrapes take longer than 10 ms.',
        description:
          'The slowest endpoint has a p95 of 20ms in the last 15 minutes. Boards may be late, the services are not.',
      },
    },
    silent: {
      'answers take less than 5 ms, and storing them 300 ms': {
        [`scrape_duration_seconds${endpoint('suna')}`]: '0.3x120',
        'otelcol_exporter_response_duration_seconds_bucket{exporter="prometheus/suna",le="0.005"}': '0+1x120',
        'otelcol_exporter_response_duration_seconds_bucket{exporter="prometheus/suna",le="+Inf"}': '0+1x120',
      },
      'scrapes take 4 ms': { [`scrape_duration_seconds${endpoint('suna')}`]: '0.004x120' },
      'one of sixty is slow': { [`scrape_duration_seconds${endpoint('suna')}`]: '0.004x100 0.3 0.004x19' },
    },
  },

  CollectionSlow: {
    at: '30m',
    fires: {
      'LiteLLM takes 0.3 s for its metrics': {
        series: { 'onyx_collection_duration_seconds{service="litellm"}': '0.3x120' },
        labels: { service: 'litellm' },
        summary: 'Reading the metrics of litellm takes too long.',
        description: 'It takes 300ms each time, in which LiteLLM and Redis do nothing else. Let it report less.',
      },
      'Redis is busy with INFO for 0.4 s': {
        series: {
          'onyx_collection_busy_seconds_total{service="redis"}': '0+0.4x120',
          'onyx_collections_total{service="redis"}': '0+1x120',
        },
        labels: { service: 'redis' },
        summary: 'Reading the metrics of redis takes too long.',
        description: 'It takes 400ms each time, in which LiteLLM and Redis do nothing else. Let it report less.',
      },
    },
    silent: {
      'LiteLLM takes 50 ms, which boards and npm run verify show': {
        'onyx_collection_duration_seconds{service="litellm"}': '0.05x120',
      },
      'one of sixty is slow': { 'onyx_collection_duration_seconds{service="supabase"}': '0.02x100 2 0.02x19' },
    },
  },

  TooManyLines: {
    at: '15m',
    fires: {
      'an endpoint has grown beyond all that our metrics can be': {
        series: { [`scrape_samples_scraped${endpoint('onyx')}`]: '50000x60' },
        labels: { service: 'onyx' },
        summary: 'The endpoint of onyx has too many lines.',
        description: '50k lines a scrape, where our metrics add up to 44,000 lines.',
      },
    },
    silent: {
      'it is above its budget, but not in danger': { [`scrape_samples_scraped${endpoint('onyx')}`]: '45000x60' },
    },
  },

  PanelsEmpty: {
    at: '3h',
    interval: '1m',
    fires: {
      'a metric gets another name while what it counts goes on': {
        series: { [memory]: '0.5x60 _x120', 'system_cpu_load_average_5m{service="infra"}': '1x180' },
        summary: 'Panels that had values have none.',
        description: '1 panels of the boards show nothing although what they show goes on.',
      },
    },
    silent: {
      'it is still there': { [memory]: '0.5x180' },
      'it was never there': { 'system_cpu_load_average_5m{service="infra"}': '1x180' },
    },
  },

  CollectorRefusing: {
    at: '15m',
    fires: {
      'its memory limiter refuses': {
        series: { 'otelcol_receiver_refused_metric_points_total{receiver="otlp"}': '0+30x60' },
        summary: 'The collector refuses data.',
        description: '2 data points a second are refused: it is short of memory.',
      },
    },
    silent: { 'it accepts all': { 'otelcol_receiver_refused_metric_points_total{receiver="otlp"}': '7x60' } },
  },

  CollectorDropping: {
    at: '15m',
    fires: {
      'data points fail inside': {
        series: { 'otelcol_receiver_failed_metric_points_total{receiver="otlp"}': '0+30x60' },
        summary: 'The collector loses data.',
        description: '2 data points a second fail inside the collector and are lost.',
      },
    },
    silent: { 'none fails': { 'otelcol_receiver_failed_metric_points_total{receiver="otlp"}': '7x60' } },
  },

  PointsLost: {
    at: '20m',
    fires: {
      'an endpoint hides points': {
        series: {
          'otelcol_exporter_hidden_metric_points_total{exporter="prometheus/apps", reason="conflict"}': '0+30x80',
        },
        summary: 'Points that the collector took in are lost.',
        description:
          '2 data points a second have no place at an endpoint, or a storage refuses them: two metrics of one name, or too many series.',
      },
      'a storage refuses points': {
        series: {
          'otelcol_exporter_send_failed_metric_points_total{exporter="prometheusremotewrite/apps"}': '0+30x80',
        },
        summary: 'Points that the collector took in are lost.',
        description:
          '2 data points a second have no place at an endpoint, or a storage refuses them: two metrics of one name, or too many series.',
      },
    },
    silent: {
      'it was so once': {
        'otelcol_exporter_hidden_metric_points_total{exporter="prometheus/apps", reason="conflict"}': '7x80',
      },
    },
  },

  DefaultCredentials: {
    at: '15m',
    fires: {
      'admin with the password admin is let in': {
        series: { 'up{job="default-credentials", instance="collector:9464"}': '1x60' },
        summary: 'The metrics endpoints accept admin with the password admin.',
        description: 'Anybody who reaches the collector can read all metrics: set a password of your own.',
      },
    },
    silent: { 'it is refused': { 'up{job="default-credentials", instance="collector:9464"}': '0x60' } },
  },

  HighLatency: {
    interval: '1m',
    at: '8h30m',
    fires: {
      'it takes three times as long as for hours': {
        series: { [requests('suna', 200)]: '0+60x510', [seconds('suna')]: '0+30x480 14490+90x29' },
        labels: { service: 'suna' },
        summary: 'suna takes more than 2 times its normal time.',
        description: 'The mean of ten minutes is 3.0 times the median of the week before.',
      },
      'it has become slower so slowly that no hour differs much from the one before': {
        series: { [requests('suna', 200)]: '0+60x510', [seconds('suna')]: ramp(30, 0.5, 330, 180) },
        labels: { service: 'suna' },
        summary: 'suna takes more than 2 times its normal time.',
        description: 'The mean of ten minutes is 3.9 times the median of the week before.',
      },
    },
    silent: {
      'it is as ever': { [requests('suna', 200)]: '0+60x510', [seconds('suna')]: '0+30x510' },
      'it has just been started and has no history to compare with': {
        [requests('suna', 200)]: '_x210 0+60x300',
        [seconds('suna')]: '_x210 0+30x270 8190+90x29',
      },
      'it wakes from a night without users': {
        [requests('suna', 200)]: '0+60x400 24000x80 24060+60x28',
        [seconds('suna')]: '0+30x400 12000x80 12030+30x28',
      },
      'a single slow request is all there is': {
        [requests('suna', 200)]: '0+60x400 24000x100 24001x8',
        [seconds('suna')]: '0+30x400 12000x100 12060x8',
      },
    },
  },

  HighErrorRate: {
    at: '20m',
    fires: {
      'one request of four fails': {
        series: { [requests('onyx', 200)]: '0+30x80', [requests('onyx', 500)]: '0+10x80' },
        labels: { service: 'onyx' },
        summary: 'onyx fails to answer requests.',
        description: '25% of the requests of five minutes were answered with a status of 500 or above.',
      },
    },
    silent: {
      'one of a hundred fails': { [requests('onyx', 200)]: '0+99x80', [requests('onyx', 500)]: '0+1x80' },
      'clients ask for what is not there': { [requests('onyx', 200)]: '0+30x80', [requests('onyx', 404)]: '0+30x80' },
      'the only request of ten minutes fails': {
        [requests('onyx', 200)]: '7x80',
        [requests('onyx', 500)]: '0x60 1x20',
      },
    },
  },

  DependencyFailing: {
    at: '20m',
    fires: {
      'one call of four has no answer': {
        series: { [callsTo('200')]: '0+30x80', [callsTo(undefined, 'timeout')]: '0+10x80' },
        labels: { service: 'onyx', server_address: 'qdrant', server_port: '6333' },
        summary: 'qdrant fails to answer onyx.',
        description: '25% of the calls of five minutes had no whole answer, or one that it cannot be done.',
      },
      'all of its answers are errors': {
        series: { [callsTo('503', '503')]: '0+10x80' },
        labels: { service: 'onyx', server_address: 'qdrant', server_port: '6333' },
        summary: 'qdrant fails to answer onyx.',
        description: '100% of the calls of five minutes had no whole answer, or one that it cannot be done.',
      },
      'a database is out of memory for one operation of four': {
        series: { [asksRedis()]: '0+30x80', [asksRedis('OOM')]: '0+10x80' },
        labels: { service: 'onyx', server_address: 'redis', server_port: '6379' },
        summary: 'redis fails to answer onyx.',
        description: '25% of the calls of five minutes had no whole answer, or one that it cannot be done.',
      },
    },
    silent: {
      'one of a hundred fails': { [callsTo('200')]: '0+99x80', [callsTo(undefined, 'timeout')]: '0+1x80' },
      'a database refuses what it is asked': { [asksRedis()]: '0+30x80', [asksRedis('WRONGTYPE')]: '0+30x80' },
      'it is asked for what is not there': { [callsTo('200')]: '0+30x80', [callsTo('404', '404')]: '0+30x80' },
      'nobody calls it': { [callsTo('200')]: '30x80', [callsTo(undefined, 'timeout')]: '10x80' },
    },
  },

  ErrorBudgetFastBurn: {
    at: '2h',
    fires: {
      'one chat of five fails for an hour': {
        series: { [chats(true)]: counts(20, 480), [chats(false)]: counts(5, 480) },
        summary: 'Chats fail so often that the error budget of a week is gone in 12 hours.',
        description: 'In the last hour chats failed 20.0 times as often as 99 % allow.',
      },
    },
    silent: {
      'one of ten fails': { [chats(true)]: counts(22.5, 480), [chats(false)]: counts(2.5, 480) },
      'it is over: none has failed for ten minutes': {
        [chats(true)]: counts(20, 480),
        [chats(false)]: '0+5x440 2200x40',
      },
      'nobody chats': { [chats(true)]: '900x480', [chats(false)]: '100x480' },
    },
  },

  ErrorBudgetSlowBurn: {
    at: '8h',
    fires: {
      'one chat of ten fails for hours': {
        series: { [chats(true)]: counts(22.5, 1920), [chats(false)]: counts(2.5, 1920) },
        summary: 'Chats fail so often that the error budget of a week is gone in 28 hours.',
        description: 'In the last six hours chats failed 10.0 times as often as 99 % allow.',
      },
    },
    silent: {
      'one of twenty fails': { [chats(true)]: counts(23.75, 1920), [chats(false)]: counts(1.25, 1920) },
      'it is over: none has failed for an hour': {
        [chats(true)]: counts(22.5, 1920),
        [chats(false)]: '0+2.5x1680 4200x240',
      },
    },
  },

  RequestsPilingUp: {
    at: '20m',
    fires: {
      'ten times as many requests are in progress as ten minutes ago': {
        series: { 'http_server_active_requests{service="suna"}': '5x48 50x40' },
        labels: { service: 'suna' },
        summary: 'Requests pile up in suna.',
        description: '50 requests are in progress, more than 2 times as many as ten minutes ago.',
      },
    },
    silent: {
      'many are in progress, as ever': {
        'http_server_active_requests{service="suna"}': '50x88',
      },
      'a few more than nothing': {
        'http_server_active_requests{service="suna"}': '1x48 15x40',
      },
    },
  },

  QueueGrowing: {
    at: '40m',
    fires: {
      'more tasks are given than done': {
        series: { [queue]: counts(2, 60) },
        summary: 'Background tasks pile up.',
        description: '80 tasks wait, and for ten minutes more have been given than were done.',
      },
    },
    silent: {
      'many wait, and become fewer': { [queue]: '200-0.5x240' },
      'many wait, as ever': { [queue]: '50x240' },
      'a few more wait': { [queue]: counts(0.4, 60) },
    },
  },

  TaskFailures: {
    at: '40m',
    fires: {
      'half of the tasks of a type fail': {
        series: { [tasks(true)]: counts(5, 60), [tasks(false)]: counts(5, 60) },
        labels: { task_type: 'ingest' },
        summary: 'Background tasks of type ingest fail.',
        description: '50% of those that ended in 15 minutes did not end well.',
      },
    },
    silent: { 'one of ten fails': { [tasks(true)]: counts(9, 60), [tasks(false)]: counts(1, 60) } },
  },

  AgentsStuck: {
    at: '40m',
    fires: {
      'three of four have been waiting for half an hour': {
        series: { [agents('waiting')]: '3x240', [agents('running')]: '1x240' },
        labels: { agent_type: 'research' },
        summary: 'Agents of type research are stuck.',
        description: 'For half an hour 75% of them have been waiting.',
      },
    },
    silent: {
      'they waited and went on': { [agents('waiting')]: '3x100 0x140', [agents('running')]: '1x100 4x140' },
      'none runs': { [agents('waiting')]: never, [agents('running')]: never },
    },
  },

  ModelFailures: {
    at: '30m',
    fires: {
      'one call of four ends with an error': {
        series: { [calls()]: counts(9, 60), [calls(', error_type="timeout"')]: counts(3, 60) },
        labels: { gen_ai_request_model: 'gpt-4o', model: 'gpt-4o' },
        summary: 'Calls of the model gpt-4o fail.',
        description: '25% of the calls of ten minutes ended with an error.',
      },
    },
    silent: {
      'one of twenty ends with an error': {
        [calls()]: counts(19, 60),
        [calls(', error_type="timeout"')]: counts(1, 60),
      },
      'the only call of half an hour failed': { [calls()]: '5x240', [calls(', error_type="timeout"')]: '0x88 1x152' },
    },
  },

  ModelSlow: {
    at: '40m',
    fires: {
      'every call takes longer than the histogram can tell': {
        series: {
          [callsWithin('2.0')]: '0x60',
          [callsWithin('10.0')]: counts(1, 60),
          [callsWithin('+Inf')]: counts(10, 60),
          [calls()]: counts(10, 60),
        },
        labels: { gen_ai_request_model: 'gpt-4o', model: 'gpt-4o' },
        summary: 'The model gpt-4o is slow.',
        description: 'The p95 of its calls is 10s or more.',
      },
    },
    silent: {
      'calls take less than two seconds': {
        [callsWithin('2.0')]: counts(10, 60),
        [callsWithin('10.0')]: counts(10, 60),
        [callsWithin('+Inf')]: counts(10, 60),
        [calls()]: counts(10, 60),
      },
    },
  },

  SpendHigh: {
    at: '2h',
    fires: {
      'twelve dollars an hour': {
        series: { 'onyx_gen_ai_cost_usd_total{service="onyx"}': counts(0.2, 120) },
        summary: 'Models cost more than $10 an hour.',
        description: 'The calls of the last hour whose price is known cost 12.00 US dollars.',
      },
    },
    silent: {
      'six dollars an hour': {
        'onyx_gen_ai_cost_usd_total{service="onyx"}': counts(0.1, 120),
      },
    },
  },

  SpendSpike: {
    interval: '5m',
    evaluated: '5m',
    at: '80h',
    fires: {
      'an hour costs ten dollars that cost two on the three days before': {
        series: { ...read(80 * 12), [spent]: `0+0.1666666666666666667x${79 * 12 - 1} 158+0.8333333333333x14` },
        summary: 'Models cost more than 3 times what they usually cost at this hour.',
        description: 'The last hour cost 5.0 times the median of the same hour of the days before.',
      },
    },
    silent: {
      'an hour costs four dollars that cost two': {
        ...read(80 * 12),
        [spent]: `0+0.1666666666666666667x${79 * 12 - 1} 158+0.3333333333333x14`,
      },
      'an hour costs half a dollar that cost cents': {
        ...read(80 * 12),
        [spent]: `0+0.001x${79 * 12 - 1} 1+0.04x14`,
      },
    },
  },

  BudgetNearlySpent: {
    interval: '5m',
    evaluated: '5m',
    at: '5h',
    fires: {
      'nine of ten dollars are spent': {
        series: { ...read(60), [spent]: '0+0.15x60', [budget]: '10x60' },
        summary: 'Models have cost 80 % of the budget of this month.',
        description: '90% of ONYX_BUDGET_MONTHLY_USD is spent since the month began, in UTC.',
      },
    },
    silent: {
      'seven of ten dollars are spent': { ...read(60), [spent]: '0+0.11x60', [budget]: '10x60' },
      'all is spent, which has an alert of its own': { ...read(60), [spent]: '0+0.2x60', [budget]: '10x60' },
      'there is no budget': { ...read(60), [spent]: '0+0.15x60' },
    },
  },

  BudgetSpent: {
    interval: '5m',
    evaluated: '5m',
    at: '5h',
    fires: {
      'twelve of ten dollars are spent': {
        series: { ...read(60), [spent]: '0+0.2x60', [budget]: '10x60' },
        summary: 'The budget of this month is spent.',
        description: '120% of ONYX_BUDGET_MONTHLY_USD is spent since the month began, in UTC.',
      },
    },
    silent: {
      'nine of ten dollars are spent': { ...read(60), [spent]: '0+0.15x60', [budget]: '10x60' },
      'there is no budget': { ...read(60), [spent]: '0+0.2x60' },
    },
  },

  CanaryFails: {
    at: '30m',
    fires: {
      'every answer is from another document': {
        series: { [questions('right')]: counts(1, 10, 20), [questions('wrong_document')]: '0x40 0+0.25x80' },
        summary: 'A known question is not answered rightly.',
        description: 'Of the known questions of five minutes 0% had the right document and answer.',
      },
      'no answer comes': {
        series: { [questions('right')]: never, [questions('timeout')]: counts(1, 60) },
        summary: 'A known question is not answered rightly.',
        description: 'Of the known questions of five minutes 0% had the right document and answer.',
      },
    },
    silent: {
      'every answer is right': { [questions('right')]: counts(1, 60), [questions('failed')]: never },
      'one answer in five is wrong': {
        [questions('right')]: counts(0.8, 60),
        [questions('wrong_answer')]: counts(0.2, 60),
      },
      'nothing is asked, which has an alert of its own': { [questions('right')]: never, [questions('failed')]: never },
      'there is no canary': {},
    },
  },

  CanarySilent: {
    at: '30m',
    fires: {
      'the canary has ended': {
        series: { [canaryExpected]: '1x240', [questions('right')]: '0+0.25x40 stale' },
        summary: 'The canary asks no question.',
        description: 'ONYX_CANARY is 1, and for five minutes or more no known question was asked.',
      },
      'the canary hangs': {
        series: { [canaryExpected]: '1x240', [questions('right')]: counts(1, 10, 20) },
        summary: 'The canary asks no question.',
        description: 'ONYX_CANARY is 1, and for five minutes or more no known question was asked.',
      },
      'the canary never came': {
        series: { [canaryExpected]: '1x240' },
        summary: 'The canary asks no question.',
        description: 'ONYX_CANARY is 1, and for five minutes or more no known question was asked.',
      },
    },
    silent: {
      'the canary asks': { [canaryExpected]: '1x240', [questions('right')]: counts(1, 60) },
      'the canary was switched off': { [canaryExpected]: '1x40 stale', [questions('right')]: '0+0.25x40 stale' },
      'there never was one': {},
    },
  },

  RetrievalSlow: {
    at: '40m',
    fires: {
      'every retrieval takes longer than a second': {
        series: {
          [retrievalsWithin('0.5')]: '0x240',
          [retrievalsWithin('1.0')]: '0x240',
          [retrievalsWithin('+Inf')]: counts(10, 240),
          [retrievals]: counts(10, 240),
        },
        summary: 'Retrieval is slow.',
        description: 'The p95 of retrievals is 1s or more.',
      },
    },
    silent: {
      'one of a hundred is slow': {
        [retrievalsWithin('0.5')]: counts(99, 240),
        [retrievalsWithin('1.0')]: counts(99, 240),
        [retrievalsWithin('+Inf')]: counts(100, 240),
        [retrievals]: counts(100, 240),
      },
    },
  },

  RetrievalEmpty: {
    at: '50m',
    fires: {
      'three of four find nothing': {
        series: { [empty]: counts(9, 60), [retrievals]: counts(12, 60) },
        summary: 'Most retrievals find nothing.',
        description: '75% of the retrievals of 15 minutes had no result.',
      },
    },
    silent: {
      'one of four finds nothing': { [empty]: counts(3, 60), [retrievals]: counts(12, 60) },
      'nobody asks': { [empty]: '90x240', [retrievals]: '100x240' },
    },
  },

  HighCpu: {
    at: '30m',
    fires: {
      'all but one twentieth of the time is used': {
        series: { [cpu('idle')]: '0+0.75x120', [cpu('user')]: '0+14.25x120' },
        summary: 'The CPU of the host is busy.',
        description: '95% of all cores for ten minutes.',
      },
    },
    silent: {
      'half is used': { [cpu('idle')]: '0+7.5x120', [cpu('user')]: '0+7.5x120' },
      'it waits for the disk and could compute meanwhile': {
        [cpu('idle')]: '0+0.75x120',
        [cpu('wait')]: '0+7.5x120',
        [cpu('user')]: '0+6.75x120',
      },
      'it was busy for five minutes': {
        [cpu('idle')]: '0+7.5x60 450+0x20 450+7.5x40',
        [cpu('user')]: '0+7.5x60 450+15x20 750+7.5x40',
      },
    },
  },

  HighMemory: {
    at: '15m',
    fires: {
      'programs hold nearly all of it': {
        series: { [memory]: '0.95x60' },
        summary: 'The memory of the host is nearly used up.',
        description: 'Programs hold 95% of it.',
      },
    },
    silent: { 'a fifth is free': { [memory]: '0.8x60' } },
  },

  DiskAlmostFull: {
    at: '15m',
    fires: {
      'a twentieth is left': {
        series: { [disk]: '0.95x60' },
        labels: { mountpoint: '/' },
        summary: 'The disk / is nearly full.',
        description: '95% of it are in use.',
      },
    },
    silent: { 'a fifth is left': { [disk]: '0.8x60' } },
  },

  DiskFullWithinADay: {
    interval: '5m',
    at: '7h',
    fires: {
      // 1 GiB an hour, 10 GiB left.
      'it fills faster than a day allows': {
        series: { [free]: '23622320128-89478485.5x160', [disk]: '0.8x160' },
        labels: { mountpoint: '/' },
        summary: 'The disk / will be full within a day.',
        description: 'If it goes on as in the last six hours, -9GiB will be left in 24 hours.',
      },
    },
    silent: {
      'it fills slowly': { [free]: '23622320128-1000000x160', [disk]: '0.8x160' },
      'it is nearly empty, and has just begun to fill': { [free]: '23622320128-89478485.5x160', [disk]: '0.2x160' },
    },
  },

  RedisMemoryHigh: {
    at: '15m',
    fires: {
      'nearly all it may use is used': {
        series: {
          'redis_memory_used_bytes{service="redis"}': '95x60',
          'redis_maxmemory_bytes{service="redis"}': '100x60',
        },
        summary: 'Redis has nearly used up its memory.',
        description: '95% are in use; when it is full it drops keys or refuses writes.',
      },
    },
    silent: {
      'half is used': {
        'redis_memory_used_bytes{service="redis"}': '50x60',
        'redis_maxmemory_bytes{service="redis"}': '100x60',
      },
      'it has no limit of its own and the host has room': {
        'redis_memory_used_bytes{service="redis"}': '95x60',
        'redis_maxmemory_bytes{service="redis"}': '0x60',
        'system_memory_limit_bytes{service="infra"}': '1000x60',
      },
    },
  },

  PostgresConnectionsHigh: {
    at: '15m',
    fires: {
      'nearly all are taken': {
        series: {
          'postgresql_backends{service="supabase", database="postgres"}': '95x60',
          'postgresql_connection_max{service="supabase"}': '100x60',
        },
        summary: 'Postgres has nearly no connections left.',
        description: '95% of those it allows are in use.',
      },
    },
    silent: {
      'half are taken': {
        'postgresql_backends{service="supabase", database="postgres"}': '50x60',
        'postgresql_connection_max{service="supabase"}': '100x60',
      },
    },
  },

  PostgresDeadlocks: {
    at: '20m',
    fires: {
      'two transactions blocked each other, twice': {
        series: { [deadlocks]: '3x40 5x120' },
        labels: { database: 'postgres' },
        summary: 'Transactions in postgres block each other.',
        description: '2 deadlocks in 15 minutes, each of them a transaction that failed.',
      },
    },
    silent: { 'there were some long ago': { [deadlocks]: '3x160' } },
  },
};

/** A counter that grows by `step` a minute for `flat` minutes, then each minute by `more` more than the minute before; a sample a minute. */
function ramp(step: number, more: number, flat: number, rising: number): string {
  const values = [`0+${step}x${flat}`];
  let value = step * flat;
  for (let minute = 1; minute <= rising; minute += 1) {
    value += step + more * minute;
    values.push(value.toFixed(2));
  }
  return values.join(' ');
}
