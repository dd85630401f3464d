// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import path from 'node:path';
import { Document, isMap, isPair, isScalar, visit } from 'yaml';
import { isEncrypted } from './encrypted.ts';
import {
  type Attachable,
  collector,
  type Environment,
  exportMillis,
  isTooSlow,
  nameOf,
  notesOn,
  refuseUnsent,
} from './own-telemetry.ts';

/*
 * What a service of a platform needs to send its metrics to the collector, as a Compose file of its own. It is made from the platform as
 * Docker's loader resolves it, so that nothing a file, an image or an `env_file` sets is lost, and refused as a whole or not at all.
 */

/** The generated file, next to the platform's own. */
export const attachFile = 'docker-compose.otel.attach.yml';

/** Where the volume of the preloads is mounted in a service. */
const folder = '/onyx-metrics';
const preloads = {
  node: { path: `${folder}/register.cjs`, source: 'otel/dist/register.cjs', from: '/from/register.cjs', mode: '444' },
  instrumentations: {
    path: `${folder}/instrumentations.cjs`,
    source: 'otel/dist/instrumentations.cjs',
    from: '/from/instrumentations.cjs',
    mode: '444',
  },
  python: { path: `${folder}/python`, source: 'otel/dist/python', from: '/from/python', mode: 'u=rwX,go=rX' },
} as const;
/** Where metrics are sent. */
const endpoint = `http://${collector}:4318/v1/metrics`;
/** The service that fills the volume of the preload, and the volume. */
export const filler = 'onyx-metrics-preload';
export const keySecret = 'onyx_metrics_user_id_key';
/** The overlay declares it: the collector compares with it. */
export const tokenSecret = 'onyx_metrics_otlp_token';

/** A service after Docker's own merging and normalising: the parts that are read here. */
interface ResolvedService {
  readonly image?: string;
  readonly command?: readonly string[] | null;
  readonly entrypoint?: readonly string[] | null;
  readonly environment?: Environment;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
}

export interface ResolvedProject {
  readonly name: string;
  readonly services: Readonly<Record<string, ResolvedService>>;
  readonly networks?: Readonly<Record<string, { readonly name?: string }>>;
}

/** A service to attach. */
export interface Wish {
  /** Its key in the Compose file. */
  readonly service: string;
  /** What it is called in metrics; default: what its own OTEL_SERVICE_NAME says, or else its key. */
  readonly name?: string | undefined;
  readonly language: 'node' | 'python';
}

/** What an image says of itself, or why it cannot be asked. */
export type Image =
  | { readonly environment: readonly string[]; readonly program: readonly string[] }
  | { readonly unreadable: string };

export interface AttachOptions {
  /** The platform alone. */
  readonly platform: ResolvedProject;
  /** The platform with the overlay, which says on which network the collector is. */
  readonly overlaid: ResolvedProject;
  /** What to call the platform in messages. */
  readonly file: string;
  readonly wishes: readonly Wish[];
  /** NODE_OPTIONS or PYTHONPATH of images, by service, for where an image cannot be asked. */
  readonly ofImages: Readonly<Record<Wish['language'], ReadonlyMap<string, string>>>;
  readonly inspect: (image: string) => Promise<Image>;
  /** Lines of comment for the top of the file. */
  readonly header: readonly string[];
}

/** What attaching comes to. */
interface AttachResult {
  /** The text of the attach file. */
  readonly text: string;
  /** One line for each thing that is not quite as the platform has it now. */
  readonly notes: readonly string[];
}

/**
 * Makes the attach file. Rejects with one line for each service that cannot be attached, naming the value, where it stands, and what
 * to do.
 */
export async function attach(options: AttachOptions): Promise<AttachResult> {
  const { wishes, header } = options;
  if (filler in options.platform.services)
    throw new Error(`${options.file} has a service ${filler} already: name the files without ${attachFile}.`);
  refuseEncrypted(options);
  const network = networkOfCollector(options);
  const results = await Promise.allSettled(wishes.map((wish) => attached(wish, network, options)));
  const refused = [
    ...misnamed(options),
    ...results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).message] : [])),
  ];
  if (refused.length > 0) throw new Error(refused.join('\n'));
  const services = Object.fromEntries(
    results.flatMap((result, index) =>
      result.status === 'fulfilled' ? [[wishes[index]?.service as string, result.value]] : [],
    ),
  );
  const parts = (['node', 'instrumentations', 'python'] as const).filter((part) =>
    part === 'instrumentations'
      ? wishes.some(({ service }) => asksByName(options.platform.services[service]))
      : wishes.some(({ language }) => language === part),
  );
  const keyed = Object.values(services).some(({ secrets }) => secrets.includes(keySecret));
  const content = {
    services: { ...services, [filler]: fillerService(parts) },
    volumes: { [filler]: {} },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: for Compose to fill in
    ...(keyed ? { secrets: { [keySecret]: { file: '${ONYX_SECRETS_DIR:-./secrets}/user_id_key' } } } : {}),
  };
  // In YAML 1.1, which some of Compose's releases read, a bare `no` is false.
  const document = new Document(content, { version: '1.1' });
  document.commentBefore = header.map((line) => ` ${line}`).join('\n');
  visit(document, {
    Collection: (key, node) => {
      const small = node.items.every((item) => isScalar(isPair(item) ? item.value : item));
      node.flow = small && (key === null || JSON.stringify(node).length < 110);
    },
    Pair: (_, { key, value }) =>
      isScalar(key) && key.value === 'environment' && isMap(value) ? visit.SKIP : undefined,
  });
  const notes = wishes.flatMap(({ service, name }) => {
    const { environment = {} } = options.platform.services[service] ?? {};
    return notesOn({ key: service, name, environment, file: options.file });
  });
  return { text: document.toString({ lineWidth: 0 }), notes };
}

/** A service that is named twice, and an option for one that is not attached. */
function misnamed({ wishes, ofImages, platform, file }: AttachOptions): string[] {
  const keys = wishes.map(({ service }) => service);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  const options = (Object.keys(ofImages) as Wish['language'][]).flatMap((language) =>
    [...ofImages[language].keys()].map((key) => [key, language] as const),
  );
  return [
    ...[...new Set(twice)].map((key) => `${key} is named more than once: name it once.`),
    ...options.flatMap(([key, language]) => {
      const option = `${optionFor(language)} ${key}=… is for`;
      if (!(key in platform.services)) return [`${option} no service of ${file}: name one that is to be attached.`];
      return wishes.some((wish) => wish.service === key && wish.language === language)
        ? []
        : [`${option} a service that is not attached: name ${key} too, or leave the option out.`];
    }),
  ];
}

/** The variable through which a language is preloaded. */
const variableOf = { node: 'NODE_OPTIONS', python: 'PYTHONPATH' } as const;

/** What says how an image sets it. */
export const optionFor = (language: Wish['language']): string =>
  `--image-${variableOf[language].toLowerCase().replace('_', '-')}`;

/** A value that is frozen into the file, or handed on to a service, must be one that it can use. */
function refuseEncrypted({ platform, file }: AttachOptions): void {
  const refused = Object.entries(platform.services).flatMap(([key, { environment = {} }]) =>
    Object.entries(environment).flatMap(([variable, value]) =>
      isEncrypted(value)
        ? `${variable} of ${key} in ${file} is encrypted, and Docker would pass it on encrypted. Run npx dotenvx run -- npm run attach -- …, and start docker compose the same way. Values of an env_file are never decrypted: move them to environment.`
        : [],
    ),
  );
  if (refused.length > 0) throw new Error(refused.join('\n'));
}

/** Whether a service asks for instrumentations of upstream by name, which are in a file of their own. */
function asksByName(service: ResolvedService | undefined): boolean {
  const asked = service?.environment?.ONYX_INSTRUMENTATION?.trim() ?? '';
  return !['', 'http', 'full'].includes(asked);
}

/**
 * Puts the parts of the preloads that are asked for into their volume, each in one step for those who read it meanwhile. A volume is root's when it is
 * new.
 */
const fillerService = (parts: readonly (keyof typeof preloads)[]) => ({
  image: 'busybox:1.37.0',
  user: '0:0',
  command: [
    'sh',
    '-c',
    parts
      .map((part) => preloads[part])
      .map(({ path: at, from, mode }) =>
        [
          `rm -rf ${at}.new ${at}.old`,
          `cp -r ${from} ${at}.new`,
          `chmod -R ${mode} ${at}.new`,
          ...(at === preloads.python.path ? [`{ [ ! -e ${at} ] || mv ${at} ${at}.old; }`] : []),
          `mv -f ${at}.new ${at}`,
          `rm -rf ${at}.old`,
        ].join(' && '),
      )
      .join(' && '),
  ],
  volumes: [
    ...parts.map((part) => ({
      type: 'bind',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: for Compose to fill in
      source: `${'${ONYX_METRICS_DIR:-.}'}/${preloads[part].source}`,
      target: preloads[part].from,
      read_only: true,
      bind: { create_host_path: false },
    })),
    { type: 'volume', source: filler, target: folder },
  ],
  network_mode: 'none',
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  mem_limit: '32m',
  logging: { driver: 'json-file', options: { 'max-size': '1m', 'max-file': '1' } },
  restart: 'no',
});

/** The key, in the platform's file, of the network where the collector can be reached. */
function networkOfCollector({ platform, overlaid, file }: AttachOptions): string {
  const key = Object.keys(overlaid.services[collector]?.networks ?? {}).find(
    (name) => !name.startsWith('onyx-metrics-'),
  );
  if (key !== undefined && key in (platform.networks ?? {})) return key;
  const known = Object.entries(platform.networks ?? {}).map(([own, { name }]) => `${own} (called ${name})`);
  throw new Error(
    `${key} is no network of ${file}, which has ${known.join(', ')}: set ONYX_NETWORK to the one before the parenthesis, in the .env next to it.`,
  );
}

interface Attached {
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly object[];
  readonly secrets: readonly string[];
  readonly depends_on: object;
  readonly networks?: object;
}

async function attached(
  { service: key, name, language }: Wish,
  network: string,
  options: AttachOptions,
): Promise<Attached> {
  const { platform, file } = options;
  const service = platform.services[key];
  if (service === undefined)
    throw new Error(
      `${key} is no service of ${file}: name one of ${Object.keys(platform.services).sort().join(', ')}.`,
    );
  const { environment: own = {} } = service;
  const { network_mode: mode } = service;
  if (mode !== undefined)
    throw new Error(
      `${key} has network_mode ${mode} in ${file}, where the collector cannot be reached: ${mode === 'host' ? '' : 'attach the service whose network it is, or '}give it networks.`,
    );
  const attachable: Attachable = { key, name, environment: own, file };
  refuseUnsent(attachable);
  const environment: Record<string, string> = {};
  environment[variableOf[language]] = await preloading(key, language, service, options);
  environment.OTEL_SERVICE_NAME = nameOf(attachable);
  // Read by the preload alone: what an SDK of the service's own sends goes where it went, with its own credentials.
  environment.ONYX_OTLP_METRICS_ENDPOINT = endpoint;
  if (isTooSlow(attachable)) environment.ONYX_METRIC_EXPORT_INTERVAL = String(exportMillis);
  environment.ONYX_OTLP_TOKEN_FILE = `/run/secrets/${tokenSecret}`;
  const keyed = !own.ONYX_USER_ID_KEY_FILE;
  if (keyed) environment.ONYX_USER_ID_KEY_FILE = `/run/secrets/${keySecret}`;
  return {
    environment: Object.fromEntries(Object.entries(environment).map(([variable, value]) => [variable, escaped(value)])),
    secrets: [tokenSecret, ...(keyed ? [keySecret] : [])],
    volumes: [{ type: 'volume', source: filler, target: folder, read_only: true }],
    depends_on: { [filler]: { condition: 'service_completed_successfully' } },
    ...joining(service, network),
  };
}

/** Compose would take a dollar for a variable. */
const escaped = (value: string): string => value.replaceAll('$', '$$$$');

/** Another network in addition to its own; naming any takes the implicit `default` away. */
function joining({ networks = {} }: ResolvedService, network: string): Pick<Attached, 'networks'> {
  if (network in networks) return {};
  return { networks: { ...('default' in networks ? { default: {} } : {}), [network]: {} } };
}

/** What the variable was, and the preload. */
async function preloading(
  key: string,
  language: Wish['language'],
  service: ResolvedService,
  options: AttachOptions,
): Promise<string> {
  const { file } = options;
  const variable = variableOf[language];
  const { environment = {}, image = '' } = service;
  const words = wordsOf(service);
  const loaded = [...words, environment[variable] ?? ''].find((word) =>
    /otel\/register|register\.cjs|onyx-metrics\/python/.test(word),
  );
  if (loaded !== undefined)
    throw new Error(`${key} loads the preload already ("${loaded.trim()}" in ${file}): leave it out.`);
  if (language === 'python' && isNode(words))
    throw new Error(`${key} runs "${words.join(' ')}" in ${file}, which is Node: name it without --python.`);
  const other = language === 'python' || isNode(words) ? undefined : (programOfAnother(words) ?? imageOfAnother(image));
  if (other !== undefined) throw new Error(notNode(key, other, file));
  const before =
    environment[variable] ?? options.ofImages[language].get(key) ?? (await ofImage(key, language, service, options));
  // An empty part of PYTHONPATH is the working directory.
  return language === 'node'
    ? `${before} --require=${preloads.node.path}`.trim()
    : [preloads.python.path, before].filter(Boolean).join(':');
}

async function ofImage(
  key: string,
  language: Wish['language'],
  service: ResolvedService,
  { file, platform, inspect }: AttachOptions,
): Promise<string> {
  // What Compose calls an image that it builds and that has no name.
  const image = service.image ?? `${platform.name}-${key}`;
  const found = await inspect(image);
  if ('unreadable' in found)
    throw new Error(
      `${key} runs image ${image} in ${file}, and what ${variableOf[language]} is in it cannot be read (${found.unreadable}): say it with ${optionFor(language)} '${key}=…', with nothing after the = if the image does not set it.`,
    );
  const variable = (name: string) =>
    found.environment.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  const runsNode = variable('NODE_VERSION') !== undefined || isNode([...found.program, ...wordsOf(service)]);
  if (language === 'node' && !runsNode) throw new Error(notNode(key, `image ${image}`, file));
  // What the file says of a variable counts more than what the image does.
  const own = service.environment ?? {};
  const baked = found.environment.map((line) => line.split(/=(.*)/s, 2)).filter(([name = '']) => !(name in own));
  refuseUnsent({ key, name: undefined, environment: Object.fromEntries(baked), file: `image ${image}` });
  return variable(variableOf[language]) ?? '';
}

const notNode = (key: string, what: string, file: string): string =>
  /python|uv|gunicorn|hypercorn|celery|dramatiq|flask|alembic/.test(what)
    ? `${key} runs ${what} in ${file}, which is Python: name it with --python, or leave it out.`
    : `${key} runs ${what} in ${file}, which is not Node: leave it out.`;

const wordsOf = ({ entrypoint, command }: ResolvedService): string[] =>
  [...(entrypoint ?? []), ...(command ?? [])].flatMap((part) => part.split(/[\s;&|]+/)).filter(Boolean);

const isNode = (words: readonly string[]): boolean =>
  words.some((word) =>
    /^(node|npm|npx|yarn|pnpm|next|nest|nodemon|pm2(-runtime)?|tsx|ts-node)$/.test(path.basename(word)),
  );

/** A program in the command that runs without Node. */
function programOfAnother(words: readonly string[]): string | undefined {
  const other = words.find((word) =>
    /^(bun|bunx|deno|python[\d.]*|uv|uvicorn|gunicorn|hypercorn|celery|dramatiq|flask|litellm|alembic|java|ruby|bundle|php(-fpm)?|nginx|postgres|redis-server)$/.test(
      path.basename(word),
    ),
  );
  return other && `"${other}"`;
}

/** An image whose name says that it is something else. */
function imageOfAnother(image: string): string | undefined {
  const [name = ''] = path.basename(image).split(/[:@]/);
  return /^(bun|caddy|deno|envoy|golang|haproxy|httpd|kong|litellm|mariadb|minio|mongo|mysql|nginx|openjdk|pgvector|php|postgres|python|qdrant|rabbitmq|redis|ruby|traefik|valkey)$/.test(
    name,
  )
    ? `image ${image}`
    : undefined;
}
