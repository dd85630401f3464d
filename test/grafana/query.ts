// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { parser } from '@prometheus-io/lezer-promql';
import { filled, read } from '../../services/verify/expression.ts';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Labels with their values, or `any` where those are not known beforehand. */
type Labels = ReadonlyMap<string, readonly string[] | 'any'>;

/** Labels of every series there may be, by its name. */
export type Known = Map<string, Labels>;

interface Reading {
  /** What the result of the query keeps. */
  readonly labels: Labels;
  readonly metrics: readonly string[];
  /** What is wrong with it, one phrase each. */
  readonly faults: readonly string[];
}

/** Compares each name in a query with what is known, and says what its result keeps; services/verify/expression.ts only reads it. */
export function examine(query: string, known: Known): Reading {
  const text = filled(query, 60);
  const faults: string[] = [];
  const { topNode } = parser.parse(text);
  topNode.cursor().iterate((node) => {
    if (node.type.isError) faults.push(`does not parse at "${text.slice(node.from, node.from + 20)}"`);
  });
  const source = (node: Node) => text.slice(node.from, node.to);
  const unquoted = (node: Node) => source(node).slice(1, -1).replaceAll('\\\\', '\\');

  function labelsOf(node: Node): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return selected(node);
      case 'AggregateExpr':
        return aggregated(node);
      case 'BinaryExpr':
        return combined(node);
      case 'FunctionCall':
        return called(node);
      default:
        return merged(children(node).map(labelsOf));
    }
  }

  function selected(node: Node): Labels {
    const name = node.getChild('Identifier');
    const metric = name ? source(name) : '';
    const labels = known.get(metric);
    if (labels === undefined) {
      faults.push(`unknown metric ${metric}`);
      return new Map();
    }
    for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
      const [label, operator, value] = children(matcher);
      if (!label || !operator || !value) continue;
      match(metric, labels, source(label), source(operator), unquoted(value));
    }
    return labels;
  }

  function match(metric: string, labels: Labels, label: string, operator: string, value: string): void {
    const values = labels.get(label);
    if (values === undefined) faults.push(`${metric} has no label ${label}`);
    else if (values !== 'any') {
      const alternatives = operator.includes('~') ? value.split('|') : [value];
      const meets = (pattern: string) =>
        values.some((one) => (operator.includes('~') ? new RegExp(`^(?:${pattern})$`).test(one) : one === pattern));
      for (const one of alternatives) {
        // Of a label that always has a value, the empty one matches nothing: a way to ask for all series that have it.
        if (!meets(one) && !(one === '' && operator === '!=')) faults.push(`${label} of ${metric} is never ${one}`);
      }
    }
  }

  function aggregated(node: Node): Labels {
    const body = node.getChild('FunctionCallBody');
    const inner = body ? labelsOf(body) : new Map();
    const modifier = node.getChild('AggregateModifier');
    const named = modifier?.getChild('GroupingLabels')?.getChildren('LabelName').map(source) ?? [];
    for (const label of named) {
      if (inner.size > 0 && !inner.has(label)) faults.push(`groups by ${label}, which ${source(node)} does not have`);
    }
    const keeps = (label: string) => (modifier?.getChild('Without') ? !named.includes(label) : named.includes(label));
    return new Map([...inner].filter(([label]) => modifier && keeps(label)));
  }

  function combined(node: Node): Labels {
    const [left, right] = children(node).filter(({ name }) => name.endsWith('Expr') || name in operands);
    const matching = node.getChild('MatchingModifierClause');
    const sides = [left ? labelsOf(left) : new Map(), right ? labelsOf(right) : new Map()] as const;
    for (const label of matching?.getChild('GroupingLabels')?.getChildren('LabelName').map(source) ?? []) {
      if (!sides.every((side) => side.has(label))) faults.push(`matches by ${label}, which one side does not have`);
    }
    return sides[0].size > 0 ? sides[0] : sides[1];
  }

  function called(node: Node): Labels {
    const name = source(node.getChild('FunctionIdentifier') as Node);
    const body = node.getChild('FunctionCallBody');
    const found = new Map(body ? labelsOf(body) : []);
    if (name === 'histogram_quantile') {
      if (!found.delete('le')) faults.push('a quantile of buckets without le');
    }
    if (name === 'label_replace') {
      const [target, , from] = body?.getChildren('StringLiteral').map(unquoted) ?? [];
      if (from && !found.has(from)) faults.push(`replaces ${from}, which is not there`);
      if (target) found.set(target, 'any');
    }
    return found;
  }

  return { labels: labelsOf(topNode), metrics: read(text).names, faults };
}

const operands = { FunctionCall: 1, VectorSelector: 1, NumberDurationLiteral: 1 } as const;

function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function merged(all: readonly Labels[]): Labels {
  return new Map(all.flatMap((labels) => [...labels]));
}
