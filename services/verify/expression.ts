// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { parser } from '@prometheus-io/lezer-promql';
import { seconds } from '../prometheus/prometheus.ts';

/** Names of the nodes of operators that compare. */
export const comparisons = ['Eql', 'Neq', 'Gte', 'Gtr', 'Lte', 'Lss'];

/** What a query asks for, as Prometheus' own page reads it. Variables of boards must have been filled in. */
export interface Expression {
  /** Every selector of series, without its range and offset. */
  readonly selectors: readonly string[];
  /** Names of the series it reads. */
  readonly names: readonly string[];
  /** Whether it leaves out values by comparing them: then it may be empty though there are series. */
  readonly compares: boolean;
}

export function read(query: string): Expression {
  const selectors: string[] = [];
  const names: string[] = [];
  let compares = false;
  parser.parse(query).iterate({
    enter: ({ name, from, to, node }) => {
      const filters = comparisons.includes(name) && node.parent?.name === 'BinaryExpr';
      if (filters && node.nextSibling?.name !== 'BoolModifier') compares = true;
      if (name !== 'VectorSelector') return;
      selectors.push(query.slice(from, to));
      const identifier = node.getChild('Identifier');
      if (identifier) names.push(query.slice(identifier.from, identifier.to));
    },
  });
  return { selectors: [...new Set(selectors)], names: [...new Set(names)], compares };
}

/** A query of a board for everything there is: no variable chosen, and a window of so many seconds. */
export function filled(expr: string, windowSeconds: number): string {
  return expr.replaceAll('$window', `${windowSeconds}s`).replace(/\$[a-z]+/g, '.*');
}

/** The metrics that a query of a board reads; any window will do for that. */
export function namesIn(expr: string): readonly string[] {
  return read(filled(expr, 60)).names;
}

/** The words of a query, without what stands between them; matchers in one order, and durations in seconds, for engines write both in their own way. */
export function words(query: string): string[] {
  return wordsOf(parser.parse(query).topNode, query);
}

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

function wordsOf(node: SyntaxNode, query: string): string[] {
  if (node.firstChild === null) return [inSeconds(query.slice(node.from, node.to))];
  const parts = [];
  for (let child: SyntaxNode | null = node.firstChild; child; child = child.nextSibling)
    parts.push(wordsOf(child, query));
  return (node.name === 'LabelMatchers' ? parts.map((part) => part.join(' ')).sort() : parts).flat();
}

const inSeconds = (word: string) => (/^(\d+(ms|[smhdwy]))+$/.test(word) ? `${seconds(word)}s` : word);
