// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { dashboard } from '../../grafana/src/dashboard.ts';
import { stat } from '../../grafana/src/panels.ts';
import { cpuUse } from '../../grafana/src/signals/host.ts';

test('a row whose panels do not fill the grid is named', () => {
  const rows = [{ title: 'Now', height: 4, panels: [{ width: 12, panel: stat(cpuUse) }] }];
  expect(() => dashboard({ uid: 'half', title: 'Half', description: 'Half a board.', rows })).toThrow(
    'half: the panels of row "Now" are 12 wide, not 24',
  );
});
