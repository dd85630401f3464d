// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ruleFiles } from '../../grafana/src/rules/rule-files.ts';
import { readSettings } from '../../services/native/environment.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { cached } from '../../services/native/programs/cache.ts';
import { pipInstall } from '../../services/native/programs/python.ts';
import { installed } from '../otel/helpers/installed.ts';
import { configuration, writeSecrets } from './helpers/collector.ts';

/** What Kubernetes would be given, checked by Kubernetes' own schemas: no cluster is within reach of these tests. */

const version = 'v1.37.0';
const operator = '@kubernetes-models/prometheus-operator@6.0.0';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template?: { readonly spec: Pod } };
}

interface Pod {
  readonly containers: readonly {
    readonly name: string;
    readonly args?: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly volumeMounts?: readonly { readonly name: string }[];
  }[];
  readonly volumes?: readonly { readonly name: string }[];
}

/** The folder of the strict schemas. */
async function schemas(): Promise<string> {
  const { cacheDir, python } = readSettings();
  const requirements = join(import.meta.dirname, 'kubernetes/requirements.txt');
  const folder = await cached({
    cacheDir,
    kind: 'kubernetes-schemas',
    key: [await readFile(requirements)],
    make: (draft) => pipInstall(python, ['--target', draft, '--requirement', requirements], cacheDir),
  });
  return join(folder, 'kubernetes_validate/kubernetes-json-schema', `${version}-local-strict`);
}

const folder = join(configuration, 'kubernetes');
let documents: readonly (readonly [file: string, manifest: Manifest])[];
let validators: ReadonlyMap<string, ValidateFunction>;
let packages: string;
let secrets: Awaited<ReturnType<typeof writeSecrets>>;

beforeAll(async () => {
  const files = (await readdir(folder)).filter((file) => file !== 'rules.yaml');
  const texts = files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const);
  documents = (await Promise.all(texts)).flatMap(([file, text]) =>
    // A patch is a part of what it changes.
    parseAllDocuments(text, { merge: true }).map((document) => [file, document.toJS() as Manifest] as const),
  );
  const from = await schemas();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(JSON.parse(await readFile(join(from, '_definitions.json'), 'utf8')), '/api/_definitions.json');
  const kinds = new Set(documents.map(([, { apiVersion, kind }]) => schemaOf(apiVersion, kind)));
  const compiled = [...kinds].map(async (name) => {
    const schema = JSON.parse(await readFile(join(from, `${name}.json`), 'utf8'));
    return [name, ajv.compile({ ...schema, $id: `/api/${name}.json` })] as const;
  });
  validators = new Map(await Promise.all(compiled));
  packages = await installed(operator);
  secrets = await writeSecrets();
}, 300_000);
afterAll(() => secrets?.remove());

/** As the schemas are called: `deployment-apps-v1`, `service-v1`, `role-rbac-v1`. */
function schemaOf(apiVersion: string, kind: string): string {
  const [group = '', api] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return [kind.toLowerCase(), group.split('.')[0], api].filter(Boolean).join('-');
}

function errorsOf(manifest: Manifest): readonly string[] {
  const validate = validators.get(schemaOf(manifest.apiVersion, manifest.kind)) as ValidateFunction;
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const whole = () => documents.filter(([file]) => !file.endsWith('.patch.yaml'));

test('every manifest is what Kubernetes knows, and nothing unknown stands in it', () => {
  expect(whole().length).toBeGreaterThan(9);
  for (const [file, manifest] of whole())
    expect([file, manifest.kind, errorsOf(manifest)]).toEqual([file, manifest.kind, []]);
  const [, gateways] = whole()[0] as readonly [string, Manifest];
  const mistaken = structuredClone(gateways) as unknown as { spec: { template: { spec: Record<string, unknown> } } };
  mistaken.spec.template.spec.volume = [];
  expect(errorsOf(mistaken as unknown as Manifest).join()).toContain('/spec/template/spec must NOT have additional');
});

test('the patch for a service of yours knows Kubernetes too, but for what it leaves as it is', () => {
  const [, patch] = documents.find(([file]) => file === 'preload.patch.yaml') as readonly [string, Manifest];
  expect(errorsOf(patch)).toEqual(["/spec must have required property 'selector'"]);
});

test('a container mounts only what its pod has', () => {
  for (const [file, { spec }] of documents) {
    const pod = spec?.template?.spec;
    const volumes = pod?.volumes?.map(({ name }) => name);
    for (const { volumeMounts = [] } of pod?.containers ?? [])
      expect([file, volumes]).toEqual([file, volumeMounts.map(({ name }) => name)]);
  }
});

describe('the collector accepts what each manifest starts it with', () => {
  test.each(['gateways.yaml', 'scraper.yaml', 'litellm.yaml'])('%s', async (file) => {
    const [container] = documents.find(([name]) => name === file)?.[1].spec?.template?.spec.containers ?? [];
    const { args = [], env = [] } = container ?? {};
    expect(args.length).toBeGreaterThan(2);
    const given = Object.fromEntries(env.map(({ name, value = 'pod-0' }) => [name, value]));
    const files = args.map((arg) => arg.replace('/etc/otelcol/', configuration));
    const result = await execa(await binary('otelcol'), ['validate', ...files], {
      ...{ all: true, reject: false },
      env: {
        ...given,
        ONYX_SECRETS_DIR: secrets.folder,
        ...(given.ONYX_OTLP_TOKEN_FILE && { ONYX_OTLP_TOKEN_FILE: join(secrets.folder, 'redis_password') }),
      },
    });
    expect(result.all).toBe('');
  });
});

test('kustomize finds every file that a manifest or a collector names', async () => {
  const { resources, configMapGenerator } = parse(await readFile(join(configuration, 'kustomization.yaml'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => !file.endsWith('.patch.yaml'));
  expect([...resources].sort()).toEqual(files.map((file) => `kubernetes/${file}`).sort());
  const named = documents
    .flatMap(([, { spec }]) => spec?.template?.spec.containers ?? [])
    .flatMap(({ args = [] }) => args)
    .flatMap((arg) => /^--config=\/etc\/otelcol\/(.+)$/.exec(arg)?.[1] ?? []);
  expect(configMapGenerator[0].files.toSorted()).toEqual([...new Set(named)].sort());
});

test("the operator's PrometheusRule holds all our rules, and is what the operator knows", async () => {
  const rule = parse(await readFile(join(folder, 'rules.yaml'), 'utf8'));
  const ours = [...ruleFiles().values()].flatMap((text) => parse(text).groups);
  expect(rule.spec.groups).toEqual(ours);
  const models = join(packages, 'node_modules/@kubernetes-models/prometheus-operator');
  const { PrometheusRule } = await import(
    pathToFileURL(join(models, 'monitoring.coreos.com/v1/PrometheusRule.js')).href
  );
  expect(() => new PrometheusRule(rule).validate()).not.toThrow();
  expect(() => new PrometheusRule({ ...rule, spec: { groups: [{}] } }).validate()).toThrow('name');
});
