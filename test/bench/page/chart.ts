// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Spread } from '../statistics.ts';

export interface Bar {
  readonly label: string;
  readonly value: Spread;
  /** What stands behind it. */
  readonly text: string;
  /** Drawn in the colour of this project. */
  readonly ours: boolean;
}

export interface Chart {
  readonly title: string;
  readonly groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[];
  /** A line across all bars, such as a limit. */
  readonly mark?: { readonly value: number; readonly text: string };
}

const width = 800;
const [labels, texts, right] = [270, 130, 16];
const [top, row, gap] = [64, 22, 34];

/** Horizontal bars with a whisker from quartile to quartile; dark text on light pages and light text on dark ones. */
export function barChart({ title, groups, mark }: Chart): string {
  const bars = groups.flatMap((group) => group.bars);
  const largest = Math.max(
    ...bars.map(({ value }) => value.q3),
    ...bars.map(({ value }) => value.median),
    mark?.value ?? 0,
  );
  const at = (value: number) => round(labels + (value / largest) * (width - labels - texts - right));
  const height = top + groups.reduce((sum, group) => sum + gap + group.bars.length * row, 0) + 12;
  let y = top;
  const drawn = groups.map((group) => {
    const heading = `<text class="group" x="16" y="${y + 22}">${escaped(group.title)}</text>`;
    y += gap;
    const rows = group.bars.map((bar) => {
      const { median, q1, q3 } = bar.value;
      const line = [
        `<text x="${labels - 8}" y="${y + 14}" text-anchor="end">${escaped(bar.label)}</text>`,
        `<rect class="${bar.ours ? 'ours' : 'other'}" x="${labels}" y="${y + 2}" width="${round(at(median) - labels)}" height="${row - 6}"/>`,
        `<path class="spread" d="M${at(q1)} ${y + 10}H${at(q3)}M${at(q1)} ${y + 6}v8M${at(q3)} ${y + 6}v8"/>`,
        `<text class="value" x="${round(Math.max(at(median), at(q3)) + 6)}" y="${y + 14}">${escaped(bar.text)}</text>`,
      ].join('');
      y += row;
      return line;
    });
    return [heading, ...rows].join('\n');
  });
  const line = mark && [
    `<path class="mark" d="M${at(mark.value)} ${top}V${height - 8}"/>`,
    `<text class="marked" x="${at(mark.value)}" y="${top - 6}" text-anchor="middle">${escaped(mark.text)}</text>`,
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<text class="title" x="16" y="28">${escaped(title)}</text>`,
    ...drawn,
    ...(line ?? []),
    '</svg>',
  ].join('\n')}\n`;
}

const style = [
  'text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.group{font-weight:600}',
  '.ours{fill:#0969da}.other{fill:#afb8c1}.spread{stroke:#24292f;fill:none}.value{font-variant-numeric:tabular-nums}',
  '.mark{stroke:#cf222e;stroke-dasharray:4 3;fill:none}.marked{fill:#cf222e}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#4493f8}.other{fill:#57606a}.spread{stroke:#e6edf3}',
  '.mark{stroke:#f85149}.marked{fill:#f85149}}',
].join('');

const round = (value: number) => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}
