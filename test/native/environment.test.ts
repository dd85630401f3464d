// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { readSettings, root } from '../../services/native/environment.ts';

test('an empty environment gives the ports people know and one cache folder in the clone', () => {
  expect(readSettings({})).toMatchObject({
    cacheDir: `${root}.cache`,
    sunaPort: 3000,
    prometheusPort: 9090,
    otlpPort: 4318,
    otelcol: undefined,
  });
});

test('every refused value is named in a line of its own with what is allowed', () => {
  const environment = {
    ONYX_SUNA_PORT: '70000',
    ONYX_OTLP_PORT: '43 18',
    ONYX_METRICS_PASSWORD_FILE: '/nowhere/password',
    ONYX_NOTIFY_DIR: '/dev/null',
    OTELCOL_BIN: '/dev/null',
  };
  expect(() => readSettings(environment)).toThrowErrorMatchingInlineSnapshot(`
    [Error: ONYX_SUNA_PORT=70000 is refused: a whole number from 1 to 65535 is allowed.
    ONYX_OTLP_PORT=43 18 is refused: a whole number from 1 to 65535 is allowed.
    ONYX_METRICS_PASSWORD_FILE=/nowhere/password is refused: a file that can be read is allowed.
    ONYX_NOTIFY_DIR=/dev/null is refused: a folder that can be read is allowed.
    OTELCOL_BIN=/dev/null is refused: a file that can be executed is allowed.]
  `);
});

test('a value that nobody has decrypted is refused with the command that does', () => {
  expect(() => readSettings({ ONYX_METRICS_PASSWORD_FILE: 'encrypted:BGmtro3uixh3' })).toThrow(
    'ONYX_METRICS_PASSWORD_FILE is encrypted: dotenvx decrypts it in front of a command, as in npx dotenvx run -- npm start.',
  );
});

test('a variable that is set to nothing counts as unset', () => {
  expect(readSettings({ ONYX_SUNA_PORT: '', PYTHON: '' })).toMatchObject({ sunaPort: 3000, python: 'python3' });
});
