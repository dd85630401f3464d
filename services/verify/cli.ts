// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { Command, InvalidArgumentError } from 'commander';
import type { Check } from './check.ts';
import { checks, select, verify } from './plan.ts';
import { exitCode } from './report.ts';
import { json } from './reporters/json.ts';
import { markdown } from './reporters/markdown.ts';
import { table } from './reporters/table.ts';
import { type Flags, readSettings } from './settings-file.ts';

/** Seconds. */
const usualDeadline = 60;

const places: Readonly<Record<keyof Flags, string>> = {
  prometheus: 'Prometheus',
  grafana: 'Grafana, or the preview of native mode',
  alertmanager: 'Alertmanager, if not where Prometheus sends alerts',
  collector: 'the host of the collector, if Prometheus knows it by another name',
  suna: 'Suna, which takes the chats of the accuracy probe',
};

interface Options {
  readonly settings?: string;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly strict?: true;
  readonly json?: true;
  readonly markdown?: true;
  readonly deadline: number;
}

const ids = (value: string) => value.split(',').map((id) => id.trim());

const command = new Command('verify')
  .description('Proves every promise on a running platform; reads only, unless accuracy or notify is asked for.')
  .option('--settings <file>', 'JSON file with all of the addresses below; npm start writes one')
  .option('--only <ids>', 'only these checks', ids, [])
  .option('--skip <ids>', 'all but these checks', ids, [])
  .option('--strict', 'what could not be checked counts as failed')
  .option('--json', 'the report as JSON, see docs/reference/verify.schema.json')
  .option('--markdown', 'the report as Markdown')
  .option('--deadline <seconds>', 'of the run as a whole', positive, usualDeadline)
  .exitOverride(({ exitCode: code }) => process.exit(code === 0 ? 0 : 2));
for (const [name, meaning] of Object.entries(places)) {
  command.option(`--${name} <url>`, meaning);
  command.option(`--${name}-user <name>`, 'who asks it');
  command.option(`--${name}-password-file <file>`, 'that holds the password');
}
command.addHelpText(
  'after',
  `\nChecks:\n${checks.map(({ id, criterion, promise, onRequest }) => `  ${id.padEnd(14)}${criterion.padEnd(12)}${promise}${onRequest ? ' (only when named)' : ''}`).join('\n')}
\nExit code: 0 passed, 1 a promise is broken, 2 could not run`,
);

try {
  process.exitCode = await main(command.parse().opts());
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

async function main(options: Options & Readonly<Record<string, unknown>>): Promise<number> {
  const settings = readSettings(options.settings, flagsOf(options));
  const selected = select(options);
  const progress = showProgress();
  const deadline = AbortSignal.timeout(options.deadline * 1000);
  const report = await verify({ settings, selected, deadline, onProgress: progress.show }).finally(progress.end);
  const reporter = options.json ? json : options.markdown ? markdown : table(process.stdout.columns || undefined);
  process.stdout.write(`${reporter(report)}\n`);
  return exitCode(report, options.strict === true);
}

function flagsOf(options: Readonly<Record<string, unknown>>): Flags {
  const text = (name: string) => options[name] as string | undefined;
  return Object.fromEntries(
    Object.keys(places).flatMap((name) => {
      const flag = { url: text(name), user: text(`${name}User`), passwordFile: text(`${name}PasswordFile`) };
      return Object.values(flag).some((value) => value !== undefined) ? [[name, flag]] : [];
    }),
  );
}

/** One line that moves on, on a terminal. It is cut: of one that wraps a terminal takes back the last part only. */
function showProgress() {
  const { stderr } = process;
  const write = (line: string) => void (stderr.isTTY && stderr.write(`\r\x1b[K${line}`));
  return {
    show: ({ promise }: Check) => write(`${promise.slice(0, (stderr.columns || 80) - 3)} …`),
    end: () => write(''),
  };
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('give a number above 0.');
  return number;
}
