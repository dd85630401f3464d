// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// An import of the package `otel` resolves into `otel/dist`, so it is seen here as one of ours too.
const ours = '^(collector-config|grafana|otel|services|test)/';

/** Rooms of a folder in the order in which data flows: none imports one that comes after it. */
const floors = (name, folder, rooms) =>
  rooms.slice(0, -1).map((room, index) => ({
    name,
    severity: 'error',
    from: { path: `^${folder}/${room}/` },
    to: { path: `^${folder}/(${rooms.slice(index + 1).join('|')})/` },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'otel-stands-alone',
      comment: 'The preload runs inside every service: nothing else of ours may come along.',
      severity: 'error',
      from: { path: '^otel/' },
      to: { path: ours, pathNot: '^otel/' },
    },
    ...floors('otel-flows-one-way', 'otel/src', [
      'catalogue',
      'limit',
      'record',
      'measure',
      'sdk',
      'export',
      'preload',
    ]),
    {
      name: 'sdk-insides-in-one-room',
      comment:
        'What a package of OpenTelemetry does not export may change with any upgrade: `otel/src/sdk/` alone reaches for it.',
      severity: 'error',
      from: { path: '^otel/src/', pathNot: '^otel/src/sdk/' },
      to: { path: 'node_modules/@opentelemetry/[^/]+/build/', pathNot: '/build/(src|esm|esnext)/index[.]' },
    },
    {
      name: 'doors-lead-in',
      comment:
        'Rooms know neither the settings of a process nor what is written about them; only what starts a process reads settings.',
      severity: 'error',
      from: { path: '^otel/src/(catalogue|limit|record|measure|sdk)/' },
      to: { path: '^otel/src/(docs/|(index|express|settings)[.]ts$)' },
    },
    {
      name: 'nothing-reads-documents',
      severity: 'error',
      from: { path: '^otel/src/', pathNot: '^otel/src/docs/' },
      to: { path: '^otel/src/docs/' },
    },
    ...floors('native-flows-one-way', 'services/native', ['processes', 'programs', 'stack']),
    {
      name: 'services-use-the-package',
      comment: 'Services use what a user of the package can use, by the package name, never its sources.',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/verify/' },
      to: { path: '^otel/src/' },
    },
    {
      name: 'services-know-no-boards',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/verify/' },
      to: { path: '^(grafana|services/verify|test)/' },
    },
    {
      name: 'native-knows-processes',
      comment: 'The supervisor starts and stops processes; what they measure is not its business.',
      severity: 'error',
      from: { path: '^services/native/' },
      to: { path: '^(grafana|otel|test)/' },
    },
    {
      name: 'boards-read-the-catalogue',
      comment: 'A board knows the metrics we emit from the catalogue and nothing else of ours.',
      severity: 'error',
      from: { path: '^grafana/src/' },
      to: { path: ours, pathNot: '^(grafana/src/|otel/(src|dist)/catalogue)' },
    },
    {
      name: 'preview-reads-json',
      severity: 'error',
      from: { path: '^grafana/preview/' },
      to: { path: ours, pathNot: '^grafana/(preview/|dashboards/[^/]+[.]json$)' },
    },
    {
      name: 'collector-configuration-is-data',
      severity: 'error',
      from: { path: '^collector-config/' },
      to: { path: ours, pathNot: '^collector-config/|^otel/(src|dist)/catalogue' },
    },
    {
      name: 'verify-judges-boards',
      comment:
        'The verifier runs anywhere: it knows the catalogue, the boards and how to ask Prometheus, not how the platform is started.',
      severity: 'error',
      from: { path: '^services/verify/' },
      to: { path: '^(services|collector-config|test)/', pathNot: '^services/(prometheus|verify)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      // Installed apart from the rest: by the test that runs the fixture, and with the preview.
      from: { pathNot: '^test/otel/fixtures/' },
      to: { couldNotResolve: true, pathNot: '^@grafana/data$' },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
