// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { goBuilds, goEnvironment } from '../collector-config/go-builds.ts';

/*
 * The build arguments of collector-config/Dockerfile, as an output of a workflow's step.
 */

const { tags = [], ldflags } = goBuilds.find(({ name }) => name === 'otelcol') ?? {};
const args = { TAGS: tags.join(','), LDFLAGS: ldflags, GOFLAGS: goEnvironment.GOFLAGS };
const lines = Object.entries(args).map(([name, value]) => `${name}=${value}`);
process.stdout.write(`args<<END\n${lines.join('\n')}\nEND\n`);
