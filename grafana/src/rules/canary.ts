// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { coreServices } from '@onyx-metrics/otel/catalogue';
import { ragPerformance } from '../boards/rag-performance.ts';
import { percent } from '../figures.ts';
import * as canary from '../signals/canary.ts';
import * as limits from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

/** Whether a known question brings back what it should, and whether it is asked. */
export const canaryAlerts: readonly Alert[] = [
  {
    name: 'CanaryFails',
    expr: `${asked(canary.canaryRight, '5m')} <= ${limits.canaryRight.critical}`,
    for: '2m',
    severity: 'critical',
    needs: coreServices,
    over: '6m',
    summary: 'A known question is not answered rightly.',
    description:
      'Of the known questions of five minutes {{ $value | humanizePercentage }} had the right document and answer.',
    when: `${percent(limits.canaryRight.critical)} of the known questions or fewer have the right document and answer`,
    users: 'They get answers that are wrong, or none.',
    panel: [ragPerformance, canary.canaryResults],
  },
  {
    name: 'CanarySilent',
    expr: `(max(onyx_canary_expected) unless on () ${canary.canaryAsked} > 0) == 1`,
    for: '5m',
    severity: 'warning',
    summary: 'The canary asks no question.',
    description: 'ONYX_CANARY is 1, and for five minutes or more no known question was asked.',
    when: 'the canary is switched on and asks nothing',
    users: 'Nothing yet. A fault of retrieval would not be noticed.',
    panel: [ragPerformance, canary.canaryResults],
  },
];
