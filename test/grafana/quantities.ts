// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { parser } from '@prometheus-io/lezer-promql';
import type { Board } from '../../grafana/src/dashboard.ts';
import { filled } from '../../services/verify/expression.ts';
import { rules } from './known-series.ts';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** What an expression says of the world, however it is written. */
interface Meaning {
  /** Function, counters and matchers; what a rule recorded is what it was recorded from. */
  readonly what: string;
  /** The labels that tell its lines apart. */
  readonly by: readonly string[];
  /** Its lines add up to the same quantity of everything. */
  readonly adds: boolean;
}

/** One quantity with all the expressions that a board shows it by: each has one value. */
export interface Quantity {
  readonly what: string;
  readonly exprs: readonly string[];
  /** Its parts are compared by their sum; of a percentile or a share there is none. */
  readonly adds: boolean;
}

/**
 * Whatever a board shows more than once in different words, derived from its queries: the same function of the same series with the
 * same matchers is the same quantity. Lines that add up are compared by their sum. A query that stands there twice to the letter has
 * one value anyway.
 */
export function quantitiesOf({ rows }: Board): Quantity[] {
  const found = new Map<string, { readonly adds: boolean; readonly exprs: Set<string> }>();
  for (const { signals } of rows.flatMap(({ panels }) => panels.map(({ panel }) => panel))) {
    for (const { expr } of signals.flatMap(({ queries }) => queries)) {
      const { what, by, adds } = meaningOf(expr);
      const key = adds || by.length === 0 ? what : `${what} by ${by.toSorted().join(', ')}`;
      const total = adds && by.length > 0 ? `sum(${expr})` : expr;
      const known = found.get(key) ?? { adds, exprs: new Set<string>() };
      known.exprs.add(total);
      found.set(key, known);
    }
  }
  const all = [...found].map(([what, { adds, exprs }]) => ({ what, adds, exprs: [...exprs] }));
  return all.filter(({ exprs }) => exprs.length > 1);
}

/** @throws when there is no expression in the text */
export function meaningOf(expr: string): Meaning {
  const text = filled(expr, 300);
  return meaning(parser.parse(text).topNode, text);
}

function meaning(node: Node, text: string): Meaning {
  const source = (one: Node) => text.slice(one.from, one.to);
  const of = (one: Node | null | undefined) => {
    if (!one) throw new Error(`${source(node)} has no operand`);
    return meaning(one, text);
  };
  const operands = children(node).filter(({ name }) => isExpression(name));
  switch (node.name) {
    case 'VectorSelector':
      return selected(node, source);
    case 'NumberDurationLiteral':
      return { what: source(node), by: [], adds: false };
    case 'FunctionCall': {
      const name = source(node.getChild('FunctionIdentifier') as Node);
      const body = node.getChild('FunctionCallBody');
      const given = body ? children(body).filter((one) => isExpression(one.name)) : [];
      if (given.length === 0) return { what: source(node), by: [], adds: false };
      // It names lines, and changes no value.
      if (name === 'label_replace') return of(given[0]);
      const inner = of(given.at(-1));
      if (name === 'histogram_quantile') {
        const by = inner.by.filter((label) => label !== 'le');
        return { what: `p${source(given[0] as Node)} of ${inner.what}`, by, adds: false };
      }
      // A mean of recorded rates is that rate, and so is their sum where it is divided by another.
      const recordedRate = /^(avg|sum)_over_time$/.test(name) && inner.what.startsWith('rate ');
      return recordedRate ? inner : { ...inner, what: `${name} ${inner.what}`, adds: name === 'rate' || inner.adds };
    }
    case 'AggregateExpr': {
      const operator = source(node.firstChild as Node);
      const inner = of(children(node.getChild('FunctionCallBody') as Node).find((one) => isExpression(one.name)));
      const by = node.getChild('AggregateModifier')?.getChild('GroupingLabels')?.getChildren('LabelName').map(source);
      const sums = operator === 'sum';
      return { what: sums ? inner.what : `${operator} ${inner.what}`, by: by ?? [], adds: sums && inner.adds };
    }
    case 'BinaryExpr': {
      const [left, right] = operands;
      const operator = text.slice(left?.to, right?.from).trim();
      // What stands there only where there is nothing, or says when there is something.
      if (/^(or|and|unless|[<>=!]=?)\b|^[<>]/.test(operator)) return of(left);
      const [l, r] = [of(left), of(right)];
      // One that is left when a share is taken away.
      if (l.what === '1' && operator === '-') return { ...r, what: `1 - (${r.what})`, adds: false };
      const by = l.by.length > 0 ? l.by : r.by;
      return { what: `(${l.what}) ${operator.replace(/\s.*/s, '')} (${r.what})`, by, adds: false };
    }
    case 'MatrixSelector':
    case 'SubqueryExpr':
    case 'OffsetExpr': {
      const inner = of(operands[0]);
      const time = text.slice(operands[0]?.to, node.to).trim();
      // The board's window, and that of what is recorded every few seconds, are those of everything.
      return ['[300s]', '[1m]'].includes(time) ? inner : { ...inner, what: `${inner.what} ${time}` };
    }
    default:
      return of(operands[0]);
  }
}

function selected(node: Node, source: (one: Node) => string): Meaning {
  const name = source(node.getChild('Identifier') as Node);
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [])
    .map(source)
    // What is chosen on the board narrows everything alike.
    .filter((matcher) => !matcher.endsWith('=~".*"'));
  const recorded = rules.find(({ record }) => record === name);
  // One that goes on from its own last value, such as an account, is a quantity of its own.
  if (recorded === undefined || recorded.expr.includes(name))
    return { what: narrowed(name, matchers), by: [], adds: false };
  const inner = meaningOf(recorded.expr);
  return { ...inner, what: narrowed(inner.what, matchers) };
}

/** A series with matchers more, in the order of their names. */
function narrowed(series: string, matchers: readonly string[]): string {
  const [, name = series, old = ''] = /^(.*?)\{(.*)\}$/.exec(series) ?? [];
  const all = [...new Set([...(old === '' ? [] : old.split(', ')), ...matchers])].toSorted();
  return all.length > 0 ? `${name}{${all.join(', ')}}` : name;
}

const isExpression = (name: string) =>
  name.endsWith('Expr') || ['FunctionCall', 'VectorSelector', 'MatrixSelector', 'NumberDurationLiteral'].includes(name);

function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}
