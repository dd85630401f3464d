// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { folderOfFile } from '../folder.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** One forbidden import each: the file, what it imports and the rule that must name it. */
const forbidden = [
  ['otel/src/preload/register.ts', 'services/native/stack/stack.ts', 'otel-stands-alone'],
  ['otel/src/limit/pseudonym.ts', 'otel/src/record/recorders.ts', 'otel-flows-one-way'],
  ['otel/src/export/provider.ts', 'otel/src/preload/ending/at-end.ts', 'otel-flows-one-way'],
  ['services/native/processes/command.ts', 'services/native/programs/cache.ts', 'native-flows-one-way'],
  ['services/suna/app.ts', 'otel/src/record/recorders.ts', 'services-use-the-package'],
  ['services/onyx/app.ts', 'grafana/src/thresholds.ts', 'services-know-no-boards'],
  ['services/native/start.ts', 'otel/dist/index.mjs', 'native-knows-processes'],
  ['services/native/stack/platform.ts', 'grafana/src/signals/chat.ts', 'native-knows-processes'],
  ['grafana/src/panels.ts', 'otel/src/record/recorders.ts', 'boards-read-the-catalogue'],
  ['grafana/preview/app.ts', 'grafana/src/panels.ts', 'preview-reads-json'],
  ['collector-config/go-builds.ts', 'services/native/stack/stack.ts', 'collector-configuration-is-data'],
  ['services/native/verify.ts', 'services/verify/check.ts', 'services-know-no-boards'],
  ['services/verify/cli.ts', 'services/native/stack/stack.ts', 'verify-judges-boards'],
] as const;

const allowed = [
  ['grafana/src/signals/tasks.ts', 'otel/src/catalogue/catalogue.ts'],
  ['services/verify/plan.ts', 'grafana/src/signals/chat.ts'],
  ['services/suna/chat.ts', 'otel/dist/index.mjs'],
  ['otel/src/preload/measuring.ts', 'otel/src/sdk/views.ts'],
] as const;

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const folder = folderOfFile();
let violations: readonly Violation[];

beforeAll(async () => {
  const write = async (file: string, content: string) => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  };
  for (const [, to] of [...forbidden, ...allowed]) await write(to, 'export {};\n');
  for (const [from, to] of [...forbidden, ...allowed]) {
    await write(from, `import '${path.relative(path.dirname(from), to)}';\n`);
  }
  await write('tsconfig.json', '{}');
  const { stdout } = await execa(
    process.execPath,
    [
      path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      ...['--config', path.join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'],
      ...['otel', 'services', 'grafana', 'collector-config'],
    ],
    { cwd: folder, reject: false },
  );
  violations = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
});

test.each(forbidden)('%s may not import %s (%s)', (from, to, rule) => {
  expect(violations.map((violation) => [violation.from, violation.to, violation.rule.name])).toContainEqual([
    from,
    to,
    rule,
  ]);
});

test.each(allowed)('%s may import %s', (from) => {
  expect(violations.filter((violation) => violation.from === from)).toEqual([]);
});
