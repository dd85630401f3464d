// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type CatalogueMetric, catalogue, httpMethods } from '../otel/src/catalogue/catalogue.ts';

/** Words that say how something is or ended, as conventions and common libraries use them. No name of a person is one. */
const states = [
  ...['ok', 'error', 'success', 'successful', 'succeeded', 'failure', 'failed', 'unset', 'unknown', 'none', 'total'],
  ...[
    'new',
    'created',
    'queued',
    'pending',
    'scheduled',
    'starting',
    'running',
    'waiting',
    'blocked',
    'paused',
    'retry',
    'retrying',
  ],
  ...[
    'done',
    'completed',
    'finished',
    'cancelled',
    'canceled',
    'aborted',
    'skipped',
    'rejected',
    'timeout',
    'expired',
    'terminated',
    'stopped',
  ],
  ...[
    'active',
    'inactive',
    'idle',
    'used',
    'free',
    'busy',
    'open',
    'closed',
    'half_open',
    'up',
    'down',
    'healthy',
    'unhealthy',
    'ready',
  ],
  ...['enabled', 'disabled', 'online', 'offline', 'draining', 'available', 'unavailable', 'true', 'false'],
];

/**
 * Labels of senders whose values are all known beforehand, by their convention. A value is a regular expression without anchors. Those of the
 * catalogue are added: both have all of them.
 */
const conventions: Readonly<Record<string, readonly string[]>> = {
  'http.request.method': httpMethods,
  'http.method': httpMethods,
  'http.response.status_code': ['[1-5]\\d\\d', '[1-5]xx'],
  'http.status_code': ['[1-5]\\d\\d'],
  'http.scheme': ['https?', 'wss?'],
  'url.scheme': [
    'https?',
    'wss?',
    'grpc',
    'redis',
    'rediss',
    'postgres',
    'postgresql',
    'amqps?',
    'ftp',
    'file',
    'unix',
    'data',
  ],
  'network.protocol.name': [
    'https?',
    'spdy',
    'quic',
    'grpc',
    'amqp',
    'mqtt',
    'websocket',
    'redis',
    'postgresql',
    'tcp',
    'udp',
    'unix',
  ],
  'network.protocol.version': ['\\d(?:[.]\\d)?'],
  'server.port': ['\\d{1,5}'],
  'otel.metric.overflow': ['true', 'false'],
  'rpc.system': [
    'grpc',
    'connect_rpc',
    'dubbo',
    'jsonrpc',
    'java_rmi',
    'dotnet_wcf',
    'apache_dubbo',
    'onc_rpc',
    'trpc',
    'thrift',
  ],
  'messaging.system': [
    ...['activemq', 'rabbitmq', 'kafka', 'rocketmq', 'pulsar', 'jms', 'nats', 'redis', 'celery', 'bullmq', 'mqtt'],
    ...['aws_sqs', 'aws_sns', 'servicebus', 'eventhubs', 'eventgrid', 'gcp_pubsub'],
  ],
  'db.system.name': [
    ...[
      'postgresql',
      'mysql',
      'mariadb',
      'sqlite',
      'redis',
      'valkey',
      'memcached',
      'mongodb',
      'elasticsearch',
      'opensearch',
      'qdrant',
    ],
    ...[
      'cassandra',
      'clickhouse',
      'cockroachdb',
      'couchbase',
      'couchdb',
      'influxdb',
      'neo4j',
      'milvus',
      'weaviate',
      'pinecone',
      'chroma',
    ],
    ...[
      'other_sql',
      'oracle[.]db',
      'microsoft[.]sql_server',
      'ibm[.]db2',
      'aws[.]dynamodb',
      'azure[.]cosmosdb',
      'gcp[.]spanner',
    ],
  ],
  'gen_ai.operation.name': [
    ...[
      'chat',
      'create_agent',
      'embeddings',
      'execute_tool',
      'generate_content',
      'invoke_agent',
      'invoke_workflow',
      'retrieval',
      'text_completion',
    ],
  ],
  'gen_ai.provider.name': [
    ...[
      'anthropic',
      'aws[.]bedrock',
      'azure[.]ai[.](?:inference|openai)',
      'cohere',
      'deepseek',
      'gcp[.](?:gen_ai|gemini|vertex_ai)',
      'groq',
    ],
    ...[
      'ibm[.]watsonx[.]ai',
      'litellm',
      'mistral_ai',
      'moonshot_ai',
      'openai',
      'perplexity',
      'x_ai',
      'openrouter',
      'ollama',
      'vllm',
      'huggingface',
    ],
  ],
  state: [
    ...states,
    'cached',
    'buffered',
    'slab',
    'slab_(?:un)?reclaimable',
    'user',
    'system',
    'wait',
    'nice',
    'interrupt',
    'steal',
    'softirq',
    'runnable',
    'timed_waiting',
    'established',
    'listen',
    'time_wait',
    'close_wait',
  ],
  status: [...states, '[1-5]\\d\\d', '[1-5]xx'],
  type: [
    ...states,
    'heap',
    'non_heap',
    'major',
    'minor',
    'read',
    'write',
    'rx',
    'tx',
    'in',
    'out',
    'input',
    'output',
    'hit',
    'miss',
    'soft',
    'hard',
    'full',
    'young',
    'old',
    'full_gc',
    'get',
    'set',
    'image',
    'text',
    'audio',
    'video',
    'file',
    'http',
    'grpc',
    'websocket',
    'sync',
    'async',
  ],
  reason: states,
  method: httpMethods,
};

/** By label, without `other`, which is always one of them; sorted, each there once. */
export const closedLabels: ReadonlyMap<string, readonly string[]> = (() => {
  const all = new Map(Object.entries(conventions).map(([label, values]) => [label, new Set(values)]));
  for (const { labels } of Object.values<CatalogueMetric>(catalogue))
    for (const [label, traits] of Object.entries(labels)) {
      if (!('values' in traits)) continue;
      const known = all.get(label) ?? new Set();
      all.set(label, known);
      for (const value of traits.values) if (value !== 'other') known.add(value.replace(/[.+]/g, '[$&]'));
    }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, values]) => [label, [...values].sort()]));
})();

/** Everything but what ends a segment or makes a template of it; a colon does so at the beginning only. */
const inSegment = String.raw`[^/{}\[\]<>*()^$|\\]`;
const first = String.raw`[^:/{}\[\]<>*()^$|\\]`;
/**
 * Segments of a path that are no words: with a digit, with a character that no word has, or longer than any. What is a template (`:id`, `{id}`,
 * `[id]`, `<int:id>`, a regular expression) stays.
 */
const noWord = [
  String.raw`(?:${first}${inSegment}*)?\d${inSegment}*`,
  String.raw`(?:${first}${inSegment}*)?[^A-Za-z0-9._~:/{}\[\]<>*()^$|\\-]${inSegment}*`,
  `${first}${inSegment}{40,}`,
].join('|');
/** Words with a digit all the same: versions of an API, and a few names. */
const words = String.raw`v\d{1,2}(?:[.]\d|(?:alpha|beta)\d{0,2})?|oauth2|openid2|s3|k8s|p2p|b2b|h2|ip[46]|ipv[46]|2fa|mfa2|base64|web3|mp[34]|utf8`;

/** What becomes of a path in `http.route`, one after the other, as Go's and JavaScript's regular expressions have it. */
const pathRules: readonly (readonly [pattern: string, replacement: string])[] = [
  ['[?][A-Za-z0-9_.-]+=.*$', ''],
  // The hidden middle of a card; stars are a template elsewhere.
  [String.raw`[*]{2,}\d+`, ''],
  // What is put before these words makes a template of them for as long as the next rule looks.
  [String.raw`(^|/)((?:${words})\b)`, '$1^$2'],
  [`(^|/)(?:${noWord})`, '$1:id'],
  [String.raw`(^|/)\^((?:${words})\b)`, '$1$2'],
];

/** What the collector makes of a path in `http.route`. */
export const shownPath = (path: string): string =>
  pathRules.reduce((text, [pattern, replacement]) => text.replace(new RegExp(pattern, 'g'), replacement), path);

/** In quotes for OTTL inside a YAML plain scalar or a single-quoted one; the collector takes a single dollar for a variable. */
const ottl = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('$', '$$$$')}"`;
const line = (statement: string): string => `          - '${statement.replaceAll("'", "''")}'\n`;

/**
 * Whether a label means the same wherever it is: one in a namespace (`http.request.method`) does. One without (`status`, `type`) has the values
 * that are known in metrics of the catalogue and of conventions only, and any word in those of others.
 */
const isNamespaced = (label: string): boolean => label.includes('.');

const literal = (name: string): string => name.replaceAll('.', '[._]');
/** Namespaces of OpenTelemetry's conventions for metrics. With an underscore in place of the dot a name may be anybody's. */
const namespaces = [
  ...[
    'aspnetcore',
    'container',
    'cpython',
    'db',
    'dns',
    'dotnet',
    'faas',
    'gen_ai',
    'go',
    'http',
    'hw',
    'jvm',
    'k8s',
    'kestrel',
  ],
  ...['messaging', 'nodejs', 'otel', 'process', 'rpc', 'signalr', 'system', 'v8js'],
];
const conventional = `^(?:(?:${namespaces.join('|')})[.].*|${Object.keys(catalogue).map(literal).join('|')})$`;

const part = String.raw`[A-Za-z]{1,24}\d{0,2}`;
/** A word or a few: `paid`, `IN_PROGRESS`, `half-open`, `http2`, `not found`; and a number of up to three digits. No name with a dot or two capitals. */
const anyWord = [`${part}(?:[_-]${part}){0,4}`, '[A-Z]?[a-z]{1,24}(?: [a-z]{1,24}){1,3}', String.raw`\d{1,3}`];

/** Whether a metric has only the values that are known. */
export const isConventional = (metric: string): boolean => new RegExp(conventional).test(metric);

/** The statement of collector.yaml that tells metrics apart, over metrics. */
export const conventionalStatement: string = line(
  `set(metric.metadata["onyx.closed"], true) where IsMatch(metric.name, ${ottl(conventional)})`,
);

function closing(label: string, values: readonly string[]): string {
  const attribute = `datapoint.attributes["${label}"]`;
  const known = ottl(`^(?:${[...values, 'other'].join('|')})$`);
  return line(`set(${attribute}, "other") where ${attribute} != nil and not IsMatch(${attribute}, ${known})`);
}

/** Labels that Suna and Onyx may send; of all others their lists leave nothing. */
const recorded = new Set([
  ...Object.values<CatalogueMetric>(catalogue).flatMap(({ labels }) => Object.keys(labels)),
  'otel.metric.overflow',
]);
const everywhere = [...closedLabels].filter(([label]) => isNamespaced(label));
const elsewhere = [...closedLabels].filter(([label]) => !isNamespaced(label));
const group = (condition: string, statements: readonly string[]): string =>
  `      - ${condition && `conditions: ['${condition}']\n        `}statements:\n${statements.join('')}`;

/** Groups of statements of collector.yaml, over data points. Our transform processor executes those written like this at once (closing.go). */
export const closingStatements: string = [
  group(
    '',
    everywhere.filter(([label]) => recorded.has(label)).map(([label, values]) => closing(label, values)),
  ),
  group(
    'resource.attributes["onyx.endpoint"] == "apps"',
    everywhere.filter(([label]) => !recorded.has(label)).map(([label, values]) => closing(label, values)),
  ),
  group(
    'datapoint.attributes["http.route"] != nil',
    pathRules.map(([pattern, replacement]) =>
      line(`replace_pattern(datapoint.attributes["http.route"], ${ottl(pattern)}, ${ottl(replacement)})`),
    ),
  ),
  group(
    'metric.metadata["onyx.closed"] != nil',
    elsewhere.map(([label, values]) => closing(label, values)),
  ),
  group(
    'metric.metadata["onyx.closed"] == nil',
    elsewhere.map(([label, values]) => closing(label, [...values, ...anyWord])),
  ),
].join('');
