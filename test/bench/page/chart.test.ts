// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { barChart } from './chart.ts';

const exactly = (median: number) => ({ median, q1: median, q3: median });
const bar = (label: string, median: number, ours = false) => ({
  label,
  value: exactly(median),
  text: `${median}`,
  ours,
});

const svg = barChart({
  title: 'Less is "better" & <fast>',
  groups: [
    { title: 'one', bars: [bar('ours', 1, true), bar('twice', 2)] },
    { title: 'two', bars: [{ ...bar('spread', 3), value: { median: 3, q1: 2, q3: 4 } }] },
  ],
  mark: { value: 2, text: 'limit' },
});

test('a bar is as long as its value, beside every other bar of the chart', () => {
  const widths = [...svg.matchAll(/<rect [^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(3);
  const [one = 0, two = 0, three = 0] = widths;
  expect([two / one, three / one].map((times) => Math.round(times * 100) / 100)).toEqual([2, 3]);
});

test('a mark stands where a bar of its value ends, and a whisker reaches from quartile to quartile', () => {
  const [, x, width] = /<rect class="other" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg) ?? [];
  expect(svg).toContain(`<path class="mark" d="M${Number(x) + Number(width)} `);
  const [, from, to] =
    /class="spread" d="M([\d.]+) [\d.]+H([\d.]+)M[^"]+"\/><text class="value"[^>]*>3</.exec(svg) ?? [];
  expect([from, to]).toEqual([`${Number(x) + Number(width)}`, `${Number(x) + 2 * Number(width)}`]);
});

test('ours has a colour of its own, and a dark page gets light text', () => {
  expect(svg.match(/class="ours"/g)).toHaveLength(1);
  expect(svg).toMatch(/@media\(prefers-color-scheme:dark\)\{text\{fill:#e6edf3\}/);
});

test('text is escaped, so that the chart is well-formed whatever a subject is called', () => {
  expect(svg).toContain('<title>Less is &#34;better&#34; &#38; &#60;fast&#62;</title>');
});
