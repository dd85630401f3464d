// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** A program that is built from Go sources, and cached. */
export interface GoProgram {
  readonly name: string;
  /** Folder of `go.mod` and `go.sum`, relative to the repository. It holds nothing but what decides the binary, and its tests. */
  readonly dir: string;
  /** What to build: `.` or an import path that the folder's `go.mod` names as a tool. */
  readonly package: string;
  readonly tags?: readonly string[];
  /** Value of `-ldflags`. */
  readonly ldflags: string;
  /** Whether parts of it are written in C, and the build needs `cc`. */
  readonly cgo?: boolean;
  /**
   * For a program whose published module has to be changed before it builds. Go refuses to overlay the module cache, so: download (which
   * checks `go.sum`), copy the module's folder (`go list -m -f {{.Dir}} <module>`) elsewhere, change it, and build `package` in the copy.
   */
  readonly patch?: {
    readonly module: string;
    /** Files that the published module lacks, by path. */
    readonly files?: Readonly<Record<string, string>>;
    /** A piece of text that one line of a file holds, by the file's path; the line goes. */
    readonly without?: Readonly<Record<string, string>>;
  };
  /** Whether it runs the tests of the package instead. */
  readonly tests?: boolean;
}

/** The Go programs native mode runs and tests, as data: the supervisor fetches, builds and caches them. */
export interface GoBuild extends GoProgram {
  readonly name:
    | 'otelcol'
    | 'prometheus'
    | 'promtool'
    | 'alertmanager'
    | 'amtool'
    | 'compose'
    | 'docker-compose'
    | 'actionlint'
    | 'vale';
  /** Occurs in what the binary prints when run with `versionArgs`, on stdout or stderr. */
  readonly version: string;
  readonly versionArgs: readonly string[];
}

/**
 * Set for every build. The committed `go.sum` files hold the hash of each module, and `-mod=readonly` refuses any other. So the checksum
 * database is never needed; with it off, a mirror that lacks parts of it can serve the build.
 */
export const goEnvironment = {
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=readonly -trimpath -buildvcs=false',
  GOSUMDB: 'off',
  GOWORK: 'off',
} as const;

const strip = '-s -w';
const stamped = (version: string): string => `${strip} -X github.com/prometheus/common/version.Version=${version}`;

const prometheus = {
  dir: 'collector-config/prometheus/build',
  // Static, file and HTTP discovery stay; the cloud SDKs behind the others are most of the build.
  tags: ['remove_all_sd'],
  ldflags: stamped('3.15.0'),
  version: 'version 3.15.0',
  versionArgs: ['--version'],
} as const;

const alertmanager = {
  dir: 'collector-config/alertmanager/build',
  ldflags: stamped('0.34.2'),
  version: 'version 0.34.2',
  versionArgs: ['--version'],
} as const;

const distribution = {
  dir: 'collector-config/otelcol',
  package: '.',
  tags: ['grpcnotrace', 'remove_all_sd'],
  ldflags: strip,
} as const;

/** The tests of our own components, which compare them with upstream's. */
export const goTests = {
  exporter: {
    ...distribution,
    name: 'otelcol-exporter-tests',
    package: './prometheusexporter',
    tests: true,
  },
  latest: {
    ...distribution,
    name: 'otelcol-latest-tests',
    package: './groupbyattrsprocessor',
    tests: true,
  },
  remoteWrite: {
    ...distribution,
    name: 'otelcol-remote-write-tests',
    package: './prometheusremotewriteexporter',
    tests: true,
  },
  redaction: {
    ...distribution,
    name: 'otelcol-redaction-tests',
    package: './redactionprocessor',
    tests: true,
  },
  verdicts: {
    ...distribution,
    name: 'otelcol-verdicts-tests',
    package: './verdicts',
    tests: true,
  },
  transform: {
    ...distribution,
    name: 'otelcol-transform-tests',
    package: './transformprocessor',
    tests: true,
  },
} as const satisfies Readonly<Record<string, GoProgram>>;

/** The same collector with upstream's components in place of ours. */
export const upstreamComponents: GoProgram = {
  ...distribution,
  name: 'otelcol-upstream-components',
  tags: [...distribution.tags, 'upstream_components'],
};

const victoria = {
  dir: 'test/soak/engines/victoriametrics',
  patch: { module: 'github.com/VictoriaMetrics/VictoriaMetrics' },
  ldflags: `${strip} -X github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version=v1.151.0`,
} as const;

/** Distributed stores that take what gateways push. Only `npm run soak` builds them: minutes each. */
export const storageEngines = {
  thanos: {
    name: 'thanos',
    dir: 'test/soak/engines/thanos',
    package: './cmd/thanos',
    patch: { module: 'github.com/thanos-io/thanos' },
    // As upstream builds it.
    tags: ['slicelabels'],
    ldflags: stamped('0.42.4'),
  },
  victoriaMetrics: { ...victoria, name: 'victoria-metrics', package: './app/victoria-metrics' },
  vmalert: { ...victoria, name: 'vmalert', package: './app/vmalert' },
} as const satisfies Readonly<Record<string, GoProgram>>;

export const goBuilds: readonly GoBuild[] = [
  {
    ...distribution,
    name: 'otelcol',
    version: 'version 0.152.0',
    versionArgs: ['--version'],
  },
  { name: 'prometheus', package: 'github.com/prometheus/prometheus/cmd/prometheus', ...prometheus },
  { name: 'promtool', package: 'github.com/prometheus/prometheus/cmd/promtool', ...prometheus },
  {
    name: 'alertmanager',
    package: 'github.com/prometheus/alertmanager/cmd/alertmanager',
    patch: {
      module: 'github.com/prometheus/alertmanager',
      files: {
        'ui/app/dist/index.html': '<!doctype html><title>Alertmanager</title><p>Built without its web UI; use the API.',
      },
    },
    ...alertmanager,
  },
  { name: 'amtool', package: 'github.com/prometheus/alertmanager/cmd/amtool', ...alertmanager },
  {
    name: 'compose',
    dir: 'services/attach/compose',
    package: '.',
    ldflags: strip,
    version: 'v2.16.2',
    versionArgs: ['-version'],
  },
  {
    name: 'docker-compose',
    dir: 'test/docker/compose',
    package: './cmd',
    patch: {
      module: 'github.com/docker/compose/v2',
      // Builds in Kubernetes: two thirds of what is compiled.
      without: { 'pkg/compose/build_buildkit.go': 'buildx/driver/kubernetes' },
    },
    ldflags: `${strip} -X github.com/docker/compose/v2/internal.Version=v2.40.3`,
    version: 'v2.40.3',
    versionArgs: ['version'],
  },
  {
    name: 'actionlint',
    dir: 'test/source/actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    ldflags: `${strip} -X github.com/rhysd/actionlint.version=1.7.12`,
    version: '1.7.12',
    versionArgs: ['-version'],
  },
  {
    name: 'vale',
    dir: 'test/source/vale',
    package: 'github.com/vale-cli/vale/v3/cmd/vale',
    ldflags: `${strip} -X main.version=3.20.0`,
    cgo: true,
    version: '3.20.0',
    versionArgs: ['--version'],
  },
];
