// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * Values that are personal and values that are harmless, made by code, the same each time. What a value is follows from what made it, not
 * from the patterns that are tested with it. Addresses, names of hosts and numbers are from the ranges reserved for documentation and
 * fiction, as far as there are any.
 */

/** A value and what it was made as. */
export interface Sample {
  readonly made: string;
  readonly value: string;
}

/** Mulberry32: enough to choose words with. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Make = () => string;
let next = random(0);
const below = (limit: number): number => Math.floor(next() * limit);
const one = <T>(...values: readonly T[]): T => values[below(values.length)] as T;
const of = (letters: string, length: number): string =>
  Array.from({ length }, () => letters[below(letters.length)]).join('');
const digits = (length: number): string => of('0123456789', length);
const hexDigits = (length: number): string => of('0123456789abcdef', length);
const padded = (number: number): string => String(number).padStart(2, '0');
const day = (from: number, to: number, between: string, year: (year: number) => string = String): string =>
  [year(from + below(to - from + 1)), padded(1 + below(12)), padded(1 + below(28))].join(between);
const letters = 'abcdefghijklmnopqrstuvwxyz';
const mixed = `${letters}${letters.toUpperCase()}0123456789`;

const person = (): string => one('ann', 'ben.carter', 'c.diaz', 'dana_evans', 'erik+news', 'frida-g', 'gus42', 'h');
const host = (): string =>
  one('example.com', 'example.org', 'mail.example.net', 'a-b.example', 'example.co.uk', '163.com');
const encoded = (value: string): string => encodeURIComponent(value);

const inDigitsFrom = (zero: number, value: string): string =>
  value.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

/** National and international numbers as people write them. */
const telephones: readonly Make[] = [
  () => `555-01${digits(2)}`,
  () => `${one('212', '415', '800')}-555-01${digits(2)}`,
  () => `(${one('212', '415')}) 555-01${digits(2)}`,
  () => `${one('212', '415')}.555.01${digits(2)}`,
  () => `1-${one('212', '415', '800')}-555-01${digits(2)}`,
  () => `+1${one(' ', '-', '')}212${one(' ', '-', '')}55501${digits(2)}`,
  () => `07700${one(' ', '-', '')}900${digits(3)}`,
  () => `020${one(' ', '-')}7946${one(' ', '-')}0${digits(3)}`,
  () => `01632${one(' ', '-')}960${digits(3)}`,
  () => `+44${one(' ', '')}7700${one(' ', '')}900${digits(3)}`,
  () => `030${one('-', '/', ' ')}23125${digits(3)}`,
  () => `(030) 23125-${digits(3)}`,
  () => `+49 (0)30 23125${digits(3)}`,
  () => `0171${one('/', '-', ' ', '')}39200${digits(2)}`,
  () =>
    `01${one('.', ' ', '-')}99${one('.', ' ', '-')}00${one('.', ' ', '-')}${digits(2)}${one('.', ' ', '-')}${digits(2)}`,
  () => `+33 1 99 00 ${digits(2)} ${digits(2)}`,
  () => `08-465 004 ${digits(2)}`,
  () => `070-174${one('-', ' ')}06${one('-', ' ')}${digits(2)}`,
  () => `+46701740${digits(3)}`,
  () => `0491${one(' ', '-', '')}570${one(' ', '-', '')}${digits(3)}`,
  () => `03-5550-${digits(4)}`,
  () => `9${digits(3)}${one('-', ' ')}${digits(4)}`,
  () => `${digits(2).replace(/^0/, '4')} ${digits(2)} ${digits(2)} ${digits(2)}`,
  () => `6${digits(2)}${one('-', ' ')}${digits(3)}${one('-', ' ')}${digits(3)}`,
  () => `8 (495) 555-${digits(2)}-${digits(2)}`,
  () => `0049${one('-', ' ')}30${one('-', ' ')}23125${digits(3)}`,
  () => encoded(`+46 70 174 0${digits(1)} ${digits(2)}`),
  () => encoded(`+1 212 555 01${digits(2)}`),
  () => `1380013${digits(4)}`,
  () => encoded(encoded(`+46 70 174 0${digits(1)} ${digits(2)}`)),
  () => `212${one('\u2011', '\u2013', '\u00a0')}555${one('\u2011', '\u2013', '\u00a0')}01${digits(2)}`,
  () => `(11) 9${digits(4)}-${digits(4)}`,
  () => `${one('11', '55')}${one(' ', '-')}${1 + below(9)}${digits(3)}${one(' ', '-')}${digits(4)}`,
  () => `(0)${one('70', '30', '8')}${one(' ', '-')}174 06 ${digits(2)}`,
  () => inDigitsFrom(one(0x660, 0x6f0, 0x966, 0xff10), `070${one('', ' ', '-')}174${one('', ' ', '-')}06${digits(2)}`),
];

const identities: readonly Make[] = [
  () => `${day(1940, 1999, '', (year) => padded(year % 100))}-98${digits(2)}`,
  () => `${day(1940, 1999, '')}-98${digits(2)}`,
  () => `${day(1940, 1999, '')}98${digits(2)}`,
  () => `${day(2016, 2023, '')}-98${digits(2)}`,
  () =>
    `${padded(1 + below(28))}${padded(1 + below(12))}${padded(40 + below(59))}-9${digits(2)}${one('A', 'T', 'Y', '7')}`,
  () => `${padded(1 + below(28))}${padded(1 + below(12))}${padded(40 + below(59))}-${digits(4)}`,
  () => `9${digits(2)}-${digits(2)}-${digits(4)}`,
  () => `QQ${digits(6)}${one('A', 'B', 'C', 'D')}`,
  () => `${digits(3)}.${digits(3)}.${digits(3)}-${digits(2)}`,
  () => `${1 + below(29)}.${digits(3)}.${digits(3)}-${one('K', '7')}`,
  () => `756.${digits(4)}.${digits(4)}.${digits(2)}`,
  () => `${digits(8)}${one('R', 'W', 'Z')}`.replace(/^20/, '53'),
  () =>
    `${of('ABCDFGLMNPRSTVZ', 6)}${digits(2)}${one('A', 'M', 'T')}${padded(1 + below(28))}H${digits(3)}${one('X', 'Z')}`,
  () => `4111${one(' ', '-', '')}1111${one(' ', '-', '')}1111${one(' ', '-', '')}${digits(4)}`,
  () => `DE${digits(20)}`,
  () =>
    `${one('DE', 'SE', 'NO', 'FI', 'DK', 'NL', 'GB')}${digits(2)} ${one('ABNA', 'NWBK', digits(4))} ${digits(4)} ${digits(3)}`,
  () => `${one('NL', 'GB')}${digits(2)}-${one('ABNA', 'NWBK')}-${digits(4)}-${digits(4)}-${digits(2)}`,
  () => `${one('SE', 'NO', 'DK')}${digits(13)}`,
  () =>
    `${padded(1 + below(28))}${padded(1 + below(12))}${padded(below(99))}${one('A', 'B', 'F', 'Y', 'U')}9${digits(2)}${one('A', 'T', 'Y', '7')}`,
  () => `${3 + below(6)}${digits(3)}.${digits(2)}.${digits(3)}`,
  () => `${1 + below(9)}${digits(1)} ${digits(3)} ${digits(3)} ${digits(3)}`,
  () => `L0${digits(1)}X${digits(2)}T${digits(2)}`,
  () => `QQ ${digits(2)} ${digits(2)} ${digits(2)} ${one('A', 'B', 'C', 'D')}`,
  () => `1 ${digits(2)} ${padded(1 + below(12))} ${digits(2)} ${digits(3)} ${digits(3)} ${digits(2)}`,
  () => `${day(1940, 1999, '-')}-${digits(4)}`,
  () => `411111${one('******', 'xxxxxx', 'XXXXXX')}${digits(4)}`,
  () =>
    `${one('nl', 'gb')}${digits(2)}${one(' ', '-', '_')}${one('abna', 'nwbk')} ${digits(4)} ${digits(4)} ${digits(2)}`,
  () => `${one('de', 'no', 'fi')}${digits(2)}-${digits(4)}-${digits(4)}-${digits(3)}`,
  () =>
    `${padded(1 + below(28))}${padded(1 + below(12))}${padded(40 + below(59))}${one('-', 'a', 'f')}9${digits(2)}${one('a', 't', 'y', '7')}`,
  () => `qq${one('', ' ', '-')}${digits(2)}${one('', ' ', '-')}${digits(2)}${one('', ' ')}${digits(2)}${one('a', 'd')}`,
  () => `l0${digits(1)}x${digits(2)}t${digits(2)}`,
  () => `${one('x', 'y', 'z')}${digits(7)}${one('l', 'r')}`,
  () => `${digits(2)}${of('abcfk', 2)}${digits(5)}`,
];

const addresses: readonly Make[] = [
  () => `${one('192.0.2', '198.51.100', '203.0.113', '10.0.0', '192.168.1', '172.17.0')}.${1 + below(254)}`,
  () => `${one('192.0.2', '10.1.2')}.${1 + below(254)}:${1024 + below(60_000)}`,
  () => `${one('host', 'peer', 'ip')}-${one('192.0.2', '10.0.0')}.${1 + below(254)}`,
  () => `ip-10-0-${below(256)}-${below(256)}`,
  () => `${one('redis', 'db', 'tcp')}:10.0.${below(256)}.${below(256)}`,
  () => `https://203.0.113.${1 + below(254)}/`,
  () => `2001:db8::${hexDigits(4)}`,
  () => `2001:db8:${hexDigits(4)}:${hexDigits(4)}:${hexDigits(4)}:${hexDigits(4)}:${hexDigits(4)}:${hexDigits(4)}`,
  () => `[2001:db8:${hexDigits(3)}::${hexDigits(2)}]:${1024 + below(60_000)}`,
  () => `fe80::${hexDigits(4)}:${hexDigits(4)}%25eth0`,
  () => encoded(`2001:db8::${hexDigits(3)}`),
  () => `::ffff:192.0.2.${below(256)}`,
  () => encoded(`[2001:db8::${hexDigits(3)}]`),
  () => encoded(encoded(encoded(`2001:db8::${hexDigits(3)}`))),
  () => `${one('v', 'x', 'ip6:')}2001:db8::${hexDigits(2)}`,
  () => `2001-db8-${hexDigits(4)}--${hexDigits(2)}.example`,
  () => `2001_db8_${hexDigits(4)}__${hexDigits(2)}`,
  () => `192%2E0%2E2%2E${1 + below(254)}`,
  () => `192.000.002.0${10 + below(90)}`,
  () => `0000:5e00:53${hexDigits(2)}`,
  () => `00 00 5e 00 53 ${hexDigits(2)}`,
  () => `00005e-0053${hexDigits(2)}`,
  () =>
    `00${one('-', ':')}00-5e-00-53-${hexDigits(2)}`.replace(
      /^(..)(.)(.*)$/,
      (_, a, sep, rest: string) => a + sep + rest.replaceAll('-', sep),
    ),
  () => `0000.5e00.53${hexDigits(2)}`,
  () =>
    `${one('192-0-2', '198-51-100', '203-0-113', '10-0-0', '192_168_1')}-${1 + below(254)}`.replaceAll(
      /(?<=_.*)-|-(?=.*_)/g,
      '_',
    ),
  () => `${one('host', 'ec2', 'node')}-${one('203-0-113', '198-51-100')}-${1 + below(254)}${one('', '.example.net')}`,
  () => `00005e0053${hexDigits(2)}`,
  () => `${one('mac', 'device', 'device_id', 'bssid')}${one('=', ':', '-')}${hexDigits(12)}`,
  () => `aabbccddee${of('abcdef', 2)}`,
];

const mails: readonly Make[] = [
  () => `${person()}@${host()}`,
  () => `${person()}@${host()}`.toUpperCase(),
  () => encoded(`${person()}@${host()}`),
  () => encoded(encoded(`${person()}@${host()}`)),
  () => `${person()}@${one('localhost', 'intranet', 'mailhost', 'büro.example')}`,
  () => `${person()}@[192.0.2.${below(256)}]`,
  () => `mailto:${person()}@${host()}`,
  () => encoded(encoded(encoded(`${person()}@${host()}`))),
  () => `${person()}${one('\uff20', '&#64;', '\\u0040', ' @ ')}${host()}`,
];

const keys: readonly Make[] = [
  () => `sk-${one('', 'proj-', 'ant-api03-', 'live_')}${of(mixed, 24)}`,
  () => `${one('sk', 'rk', 'pk')}_${one('live', 'test')}_${of(mixed, 24)}`,
  () => `ghp_${of(mixed, 36)}`,
  () => `github_pat_${of(mixed, 22)}`,
  () => `glpat-${of(mixed, 20)}`,
  () => `xoxb-${digits(11)}-${of(mixed, 24)}`,
  () => `hf_${of(mixed, 34)}`,
  () => `AKIA${of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
  () => `AIza${of(`${mixed}-_`, 35)}`,
  () => `eyJ${of(mixed, 20)}.eyJ${of(mixed, 30)}.${of(mixed, 20)}`,
  () => `Bearer ${of(mixed, 32)}`,
  () => hexDigits(32),
  () => hexDigits(64),
  () => `${hexDigits(8)}-${hexDigits(4)}-4${hexDigits(3)}-a${hexDigits(3)}-${hexDigits(12)}`,
  () => of(mixed, 40),
  () => `whsec_${of(mixed, 24)}`,
  () => `${one('sk', 'pk', 'rk')}_${one('live', 'test')}_${of(letters, 16)}`,
  () => `sk-${digits(4)}`,
  () => `${one('password', 'passwd', 'secret', 'client_secret')}=${of(letters, 8)}`,
  () => `${one('api_key', 'apikey', 'token')}${one('=', ':', '%3D')}${of(letters, 6)}${digits(2)}${of(letters, 4)}`,
  () => `hvs.${of(mixed, 24)}`,
  () => `${one('AROA', 'AIDA', 'ASIA')}${of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
  () => `-----BEGIN ${one('', 'RSA ', 'EC ')}PRIVATE KEY-----`,
  () =>
    `${one('session', 'sid', 'connect.sid', 'PHPSESSID', 'session_id', 'csrftoken')}${one('=', '%3D')}${of(letters, 8)}`,
  () => Buffer.from(`${person()}@${host()}.`).toString('base64').replace(/=*$/, '=='),
  () => `${one('Basic', 'Bearer')} ${Buffer.from(`${one('ann', 'ben', 'dana')}:${of(letters, 8)}`).toString('base64')}`,
];

/** Written so that no pattern can know them without taking half of all names for personal as well. */
const disguised: readonly Make[] = [
  () => `${person()}(at)example.com`,
  () => `1-800-${of('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 7)}`,
  () => `${1 + below(9)}-${below(10)}-${below(100)}-${below(10)}`,
  () => `12-${digits(6)}`,
  () => `3c5ab411${hexDigits(3)}f`,
  () => `${of(letters, 7)}${digits(1)}${of(letters, 6)}`,
];

/** Where such a value turns up. */
const around = (value: string): string =>
  one(
    value,
    value,
    value,
    `/users/${value}`,
    `/v1/users/${value}/orders`,
    `user=${value}`,
    `tenant_${value}`,
    `${value}_2`,
  );

const vendors = [
  'acme',
  'meta-llama',
  'mistralai',
  'deepseek-ai',
  'Qwen',
  'vertex_ai',
  'openrouter/acme',
  'azure/eu',
  'bedrock',
];
const families = [
  'gpt',
  'claude',
  'llama',
  'mistral-large',
  'qwen',
  'gemini',
  'phi',
  'command-r',
  'grok',
  'jamba',
  'Yi',
  'glm',
];
const number = (limit: number): number => below(limit);
const size = (): string => `${one('0.5', '1.5', '7', '8', '13', '32', '70', '405', '8x7', '235')}${one('b', 'B')}`;
const stamp = (): string =>
  one(
    () => day(2022, 2026, '-'),
    () => day(2022, 2026, ''),
    () => `${padded(1 + number(12))}${padded(1 + number(28))}`,
    () => day(2022, 2026, '', (year) => padded(year % 100)),
    () => `${22 + number(5)}${padded(1 + number(12))}`,
    () => one('latest', 'preview', 'v1:0', 'exp'),
  )();

const models: readonly Make[] = [
  () => `${one(...families)}-${number(6)}${one('', '.1', '.5')}-${stamp()}`,
  () =>
    `${one(...vendors)}/${one(...families)}-${number(5)}-${size()}-${one('instruct', 'chat', 'Instruct-Turbo', 'awq', 'fp8')}`,
  () =>
    `${one(...families)}-${number(6)}-${number(10)}@${one('default', 'latest', '001', day(2022, 2026, ''), '2407')}`,
  () => `${one(...vendors)}/@cf/${one(...families)}/${one(...families)}-${size()}`,
  () =>
    `${one('eu', 'us', 'apac')}.anthropic.claude-${number(6)}-${one('opus', 'haiku')}-${day(2022, 2026, '')}-v${1 + number(2)}:0`,
  () =>
    `${one(...families)}-${number(5)}.${number(10)}-${padded(1 + number(12))}${padded(1 + number(28))}-${one('reasoning', 'mini', '128k')}`,
  () =>
    `${one(...families)}-${size()}-${one('q4_K_M', 'q8_0', 'gguf', 'int4', 'bf16')}-${one('8k', '32k', '128k', '131072')}`,
  () => `text-embedding-${one('3-small', 'ada-002', '004', '3-large')}-${one('256', '1024', '3072')}`,
  () => `${one('low', 'high')}/${one('1024-x-1024', '1536-x-1024', '3840-x-2160')}/gpt-image-${number(3)}`,
];

const resource = (): string =>
  one('users', 'orders', 'chats', 'documents', 'tenants', 'files', 'models', 'sessions', 'api-keys');
const parameter = (): string =>
  one(':id', '{id}', '[slug]', '[...path]', '<int:id>', ':userId', '{user_id}', '*path', ':email');
const routes: readonly Make[] = [
  () => `/${one('api', 'v1', 'v2', 'api/v1', 'internal')}/${resource()}`,
  () => `/${one('api', 'v1', 'api/v3')}/${resource()}/${parameter()}`,
  () => `/${resource()}/${parameter()}/${resource()}/${parameter()}`,
  () => `/${one('api', 'rest')}/${day(2022, 2026, '-')}/${resource()}`,
  () => `/${resource()}{/${parameter()}}`,
  () => `/collections/${parameter()}/points/${one('search', 'query', 'search/batch', 'count')}`,
  () => `/^\\/${resource()}\\/(\\d+)$/`.replaceAll('\\', ''),
  () => `/_next/static/chunks/${one('main', 'app', 'pages')}-${hexDigits(16)}.js`,
  () => `/${resource()}/${parameter()}.${one('json', 'csv')}`,
];

const version = (): string => `${number(30)}.${number(30)}.${number(200)}`;
const versions: readonly Make[] = [
  version,
  () => `v${version()}`,
  () => `${version()}-${one('alpha', 'beta', 'rc')}.${number(12)}`,
  () => `v${version()}.${number(300)}`,
  () => `${version()}+${day(2022, 2026, '')}`,
  () => `${version()}+${hexDigits(7)}`,
  () => `${2020 + number(7)}.${1 + number(12)}.${number(20)}`,
  () => `${120 + number(20)}.0.${5000 + number(2000)}.${number(300)}`,
  () => `${number(30)}.${number(30)}.${1000 + number(9000)}.${number(300)}`,
  () => `${version()}.${number(300)}`,
  () => `go1.${number(26)}.${number(12)}`,
  () => `Python/3.${number(15)}.${number(20)}`,
];

const image = (): string =>
  one('postgres', 'redis', 'qdrant', 'litellm', 'nginx', 'suna', 'onyx-backend', 'otel-collector', 'busybox');
const owner = (): string =>
  one('supabase', 'library', 'ghcr.io/berriai', 'registry.example/team', 'docker.io/qdrant', 'localhost:5000/onyx');
const images: readonly Make[] = [
  () => `${image()}:${version()}`,
  () => `${image()}:${number(20)}-alpine3.${number(25)}`,
  () => `${owner()}/${image()}:${11 + number(15)}.${number(9)}.${number(5)}.${100 + number(150)}`,
  () => `${owner()}/${image()}:v${version()}-${one('debian-12', 'slim', 'alpine', 'cuda12.4.1')}`,
  () => `${owner()}/${image()}:main-${hexDigits(7)}`,
  () => `${image()}:${day(2022, 2026, '')}-${digits(2)}`,
  () => `${image()}:${day(2022, 2026, '.')}`,
  () => `${owner()}/${image()}:sha-${hexDigits(7)}`,
  () => `${owner()}/${image()}:${number(30)}.${number(13)}.${number(10)}.${1000 + number(3000)}`,
  () => `${image()}:${number(30)}.${padded(1 + number(12))}-${day(2022, 2026, '')}`,
  () => `${image()}:${day(2022, 2026, '')}${padded(number(24))}${padded(number(60))}${padded(number(60))}`,
];

const containers: readonly Make[] = [
  () => `${one('chat', 'platform', 'manus')}${one('-', '_')}${image()}${one('-', '_')}${1 + number(12)}`,
  () => `${image()}-${of('bcdfghjklmnpqrstvwxz2456789', 9)}-${of('bcdfghjklmnpqrstvwxz2456789', 5)}`,
  () => `k8s_${image()}_${one('api', 'web')}-${number(10)}_default`,
  () => `onyx-metrics-${one('collector', 'prometheus', 'grafana', 'docker', 'preload')}`,
  () => `${image()}.${1 + number(5)}.${of(letters, 12)}`,
  () => `${one('worker', 'celery', 'web', 'job')}-${number(100)}`,
  () => `${hexDigits(12)}`,
];

const words: readonly Make[] = [
  () =>
    `${one('Net', 'Faraday', 'ActiveRecord', 'std', 'Illuminate', 'Bad')}::${one('ReadTimeout', 'TimeoutError', 'bad_alloc', 'RecordNotFound')}`,
  () => `java.${one('net', 'util', 'io')}.${one('ConnectException', 'TimeoutException', 'IOException')}`,
  () => one('ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'AbortError', 'P2002', '_OTHER'),
  () => `litellm.${one('RateLimitError', 'Timeout', 'APIConnectionError', 'BadRequestError')}`,
  () =>
    one(
      ...[
        'GET',
        'POST',
        'text-completion',
        'chat',
        'sk-SK',
        'Feed::Item',
        'Cache::Add',
        'password_resets',
        'secret-store',
        'token_type',
        'key-value',
        'public-key-store',
        'hf-mirror',
        'bearer-auth',
      ],
    ),
  () => `${one('eu', 'us', 'ap')}-${one('central', 'east', 'northeast')}-${1 + number(3)}${one('', 'a', 'b')}`,
  () => String(one(200, 404, 499, 503, 8192, 131_072, 0.75, 1536)),
  () => `${one('db', 'qdrant', 'mail')}.${one('internal', 'svc.cluster.local', 'example.com')}`,
  () => `arn:aws:bedrock:${one('eu', 'us')}-west-${1 + number(2)}::foundation-model/${one(...families)}-${number(9)}`,
];

function distinct(made: string, makes: readonly Make[], count: number, place: (value: string) => string): Sample[] {
  // Each kind begins again: a maker that is added to one changes no other.
  next = random([...made].reduce((seed, character) => seed * 31 + character.charCodeAt(0), 19_850_709));
  const values = new Set<string>();
  // Some makers know a few values only.
  for (let attempt = 0; values.size < count && attempt < count * 20; attempt++)
    values.add(place((makes[attempt % makes.length] as Make)()));
  return [...values].map((value) => ({ made, value }));
}

const asIs = (value: string): string => value;

export const personal: readonly Sample[] = [
  ...distinct('e-mail address', mails, 250, around),
  ...distinct('telephone number', telephones, 400, around),
  ...distinct('identity number or card', identities, 250, around),
  ...distinct('IP or MAC address', addresses, 250, around),
  ...distinct('key, token or UUID', keys, 250, around),
  ...distinct('disguised', disguised, 30, asIs),
];

export const harmless: readonly Sample[] = [
  ...distinct('model', models, 1_500, asIs),
  ...distinct('route', routes, 1_200, asIs),
  ...distinct('version', versions, 1_000, asIs),
  ...distinct('image', images, 1_000, asIs),
  ...distinct('container', containers, 900, asIs),
  ...distinct('error, host, region or other word', words, 100, asIs),
];

/** Ids as back ends have them, which no pattern has to know. */
const ids: readonly Make[] = [
  () => String(1 + below(99_999)),
  () => `${one('cus', 'usr', 'ord', 'doc')}_${of(mixed, 6)}${digits(2)}`,
  () => `${one('ann', 'ben', 'dana')}${1 + below(99)}`,
  () => `${hexDigits(7)}${digits(1)}`,
  () => `${day(1940, 1999, '-')}`,
  () => encodeURIComponent(`${one('Ann', 'Ben')} ${one('Carter', 'Diaz')}`),
  () => `${one('Jörg', 'Åsa', 'Zoë')}`,
];

/** Paths with a person's number, address, id or key in the place of an id. */
export const paths: readonly Sample[] = [
  ...personal.filter(({ made }) => made !== 'disguised'),
  ...distinct('id', ids, 200, asIs),
].map(({ made, value }) => ({ made, value: `/api/v1/users/${value.replaceAll('/', '%2F')}/orders` }));
