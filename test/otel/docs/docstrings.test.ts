// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const source = path.resolve(import.meta.dirname, '../../../otel/src');

/** What `exports` of the package leads to, before it is built. */
function entries(): string[] {
  const { exports } = JSON.parse(readFileSync(path.join(source, '../package.json'), 'utf8'));
  return Object.values<string | { import?: { types: string } }>(exports)
    .flatMap((entry) => (typeof entry === 'string' ? [] : (entry.import?.types ?? [])))
    .map((types) => path.join(source, types.replace('./dist/types/', '').replace('.d.ts', '.ts')));
}

interface Documented {
  /** Where it stands: `recorders.ts: ChatLabels.model`. */
  readonly place: string;
  readonly docs: string;
  readonly node: ts.Node;
}

/** Every export, and every member a user of it reads or writes: of its type, of what that extends, of the object it is. */
function publicDeclarations(): Documented[] {
  const program = ts.createProgram(entries(), { noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true });
  const checker = program.getTypeChecker();
  const found = new Map<ts.Node, Documented>();

  const add = (node: ts.Node, name: string): void => {
    const file = path.basename(node.getSourceFile().fileName);
    const docs = ts.getJSDocCommentsAndTags(node).map((doc) => doc.getText());
    found.set(node, { place: `${file}: ${name}`, docs: docs.join('\n'), node });
  };
  const visit = (node: ts.Node, owner: string): void => {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const named = checker.getSymbolAtLocation(ts.isTypeReferenceNode(node) ? node.typeName : node.expression);
      for (const declaration of named === undefined ? [] : declarationsOf(named))
        visitMembers(declaration, named?.name ?? '');
    }
    const member = ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isMethodDeclaration(node);
    const name = member ? `${owner}.${node.name.getText()}` : owner;
    if (member) add(node, name);
    // How a function does its work is its own affair, and what a type must be like to be chosen needs no words.
    if (ts.isBlock(node)) return;
    ts.forEachChild(node, (child) => {
      if (!ts.isConditionalTypeNode(node) || child !== node.extendsType) visit(child, name);
    });
  };
  const seen = new Set<ts.Node>();
  const visitMembers = (declaration: ts.Node, name: string): void => {
    if (seen.has(declaration)) return;
    seen.add(declaration);
    ts.forEachChild(declaration, (child) => visit(child, name));
  };
  const declarationsOf = (symbol: ts.Symbol): ts.Declaration[] => {
    const resolved = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return (resolved.declarations ?? []).filter((node) => node.getSourceFile().fileName.startsWith(`${source}/`));
  };

  for (const entry of entries()) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.Node) as ts.Symbol;
    for (const exported of checker.getExportsOfModule(module)) {
      for (const declaration of declarationsOf(exported)) {
        add(declaration, exported.name);
        visitMembers(declaration, exported.name);
      }
    }
  }
  return [...found.values()];
}

const declarations = publicDeclarations();
const places = (wanted: (declaration: Documented) => boolean): string[] =>
  declarations.filter(wanted).map(({ place }) => place);

it('everything public of the package says what it is', () => {
  expect(declarations.length).toBeGreaterThan(60);
  expect(places(({ docs }) => docs === '')).toEqual([]);
});

it('every number that is public says its unit or what it may be', () => {
  const isNumber = ({ node }: Documented): boolean =>
    (ts.isPropertySignature(node) || ts.isMethodDeclaration(node)) && /(?<!\[)\bnumber\b/.test(signature(node));
  const numbers = declarations.filter(isNumber);
  expect(numbers.length).toBeGreaterThan(8);
  const says = /\d|unit|seconds|dollars|tokens|number of|finite/i;
  expect(numbers.filter(({ docs }) => !says.test(docs)).map(({ place }) => place)).toEqual([]);
});

it('whatever is public and throws says so', () => {
  const throwing = declarations.filter(({ node }) => {
    const { body } = node as ts.FunctionDeclaration;
    return body !== undefined && /\bthrow\b/.test(body.getText());
  });
  expect(throwing.map(({ place }) => place)).toContain('define-metrics.ts: defineMetrics');
  expect(throwing.filter(({ docs }) => !docs.includes('@throws')).map(({ place }) => place)).toEqual([]);
});

/** A member without its body. */
function signature(node: ts.PropertySignature | ts.MethodDeclaration): string {
  const text = node.getText();
  return ts.isMethodDeclaration(node) && node.body !== undefined
    ? text.slice(0, node.body.getStart() - node.getStart())
    : text;
}
