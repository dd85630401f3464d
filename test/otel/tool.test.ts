// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isTool } from '../../otel/src/tool.ts';

describe('a process is', () => {
  it.each([
    ['/usr/bin/npm', 'run'],
    ['/usr/lib/node_modules/npm/bin/npm-cli.js', 'start'],
    ['/usr/lib/node_modules/npm/bin/npx-cli.js', 'tsx'],
    ['/usr/local/bin/pnpm.cjs', 'dev'],
    ['/opt/yarn/bin/yarn.js', 'build'],
    ['/app/node_modules/.bin/next', 'build'],
    ['/app/node_modules/next/dist/bin/next', 'telemetry'],
    ['/app/node_modules/next/dist/compiled/jest-worker/processChild.js', ''],
    ['/app/node_modules/tsx/dist/cli.mjs', 'server.ts'],
  ])('a tool when it runs %s %s', (script, command) => {
    expect(isTool(['/usr/bin/node', script, command])).toBe(true);
  });

  it.each([
    ['/app/server.js', 'build'],
    ['/app/npm.config/server.js', ''],
    ['/app/node_modules/.bin/next', 'start'],
    ['/app/node_modules/next/dist/bin/next', 'dev'],
    ['/app/services/yarn-orders.js', ''],
  ])('an application when it runs %s %s', (script, command) => {
    expect(isTool(['/usr/bin/node', script, command])).toBe(false);
    expect(isTool(['/usr/bin/node'])).toBe(false);
  });
});
