// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { type Check, fail, pass, unchecked } from '../check.ts';

/** Share of a service's CPU that measuring it may cost. */
const budget = 0.05;
const subject = 'CPU of the preload';
const preload = 'otel/register';
/** A service that does something; the one that does nothing shows what a request costs, not a share. */
const work = '2 ms handler';

const spread = z.object({ median: z.number() });
const result = z.object({
  date: z.iso.datetime(),
  commit: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number() }),
  comparison: z.record(z.string(), z.record(z.string(), z.object({ ratio: z.record(z.string(), spread).optional() }))),
});

/** It cannot be measured on a platform that is in use: the paired benchmark's committed result speaks. */
export const overhead: Check = {
  id: 'overhead',
  criterion: 'overhead',
  promise: 'Collecting metrics costs under 5 % of the CPU of a service, by the committed benchmark',
  async run({ benchmark }) {
    const found = await benchmark();
    if (found === undefined) return [unchecked(subject, 'no result is committed: npm run bench -- overhead')];
    const { date, commit, machine, comparison } = result.parse(JSON.parse(found));
    const ratios = Object.entries(comparison).flatMap(([workload, subjects]) => {
      const ratio = Object.entries(subjects[preload]?.ratio ?? {}).find(([name]) => /cpu/i.test(name))?.[1].median;
      return ratio === undefined ? [] : [{ workload, ratio }];
    });
    const judged = ratios.find(({ workload }) => workload === work);
    if (judged === undefined) return [unchecked(subject, `the result of ${date.slice(0, 10)} has no "${work}"`)];
    const text = ratios.map(({ workload, ratio }) => `${workload} ${(100 * (ratio - 1)).toFixed(1)} %`).join(', ');
    const measured = `${text}; measured ${date.slice(0, 10)} at ${commit} on ${machine.cores} cores (${machine.cpu})`;
    if (judged.ratio - 1 < budget) return [pass(subject, measured)];
    return [
      fail(
        subject,
        {
          expected: `under ${100 * budget} %`,
          seen: `${work} ${(100 * (judged.ratio - 1)).toFixed(1)} %`,
          cause: 'the preload has become more expensive',
          change: 'otel/src/measure/http-server.ts; then npm run bench -- overhead',
        },
        measured,
      ),
    ];
  },
};
