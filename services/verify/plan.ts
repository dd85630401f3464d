// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Check } from './check.ts';
import { access } from './checks/access.ts';
import { accuracy } from './checks/accuracy.ts';
import { alerting } from './checks/alerting.ts';
import { boards } from './checks/boards.ts';
import { contract } from './checks/contract.ts';
import { notify } from './checks/notify.ts';
import { overhead } from './checks/overhead.ts';
import { personalData } from './checks/personal-data.ts';
import { rules } from './checks/rules.ts';
import { scrapeTime } from './checks/scrape-time.ts';
import { security } from './checks/security.ts';
import { storage } from './checks/storage.ts';
import { targets } from './checks/targets.ts';
import { Platform } from './platform.ts';
import type { Report, Row } from './report.ts';
import type { Settings } from './settings-file.ts';

/** In the order of the report. */
export const checks: readonly Check[] = [
  targets,
  boards,
  rules,
  scrapeTime,
  access,
  security,
  contract,
  personalData,
  overhead,
  alerting,
  storage,
  accuracy,
  notify,
];

export interface Selection {
  /** Ids of checks; empty is all but those that run on request only. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

/** The checks to run. Throws an error that names an unknown id. */
export function select({ only, skip }: Selection): readonly Check[] {
  const unknown = [...only, ...skip].find((id) => !checks.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw new Error(`There is no check ${unknown}; there are ${checks.map(({ id }) => id).join(', ')}.`);
  }
  return checks.filter(({ id, onRequest }) => (only.length > 0 ? only.includes(id) : !onRequest) && !skip.includes(id));
}

/** Scrapes until everything has been scraped, recorded, drawn and, of alerts that fired before Alertmanager was found, told again. */
const warmUp = 6;

interface Run {
  readonly settings: Settings;
  readonly selected: readonly Check[];
  /** Ends the run as a whole; what is then left is not checked. */
  readonly deadline: AbortSignal;
  readonly onProgress?: (check: Check) => void;
  /** A benchmark's result in place of the committed one. */
  readonly benchmark?: () => Promise<string | undefined>;
}

/** Runs checks one after the other, so that none measures what another one costs. Rejects when Prometheus cannot be asked. */
export async function verify({ settings, selected, deadline, onProgress = () => {}, benchmark }: Run): Promise<Report> {
  const [began, clock] = [new Date(), performance.now()];
  const platform = new Platform(settings, deadline, benchmark);
  await platform.targets();
  const rows: Row[] = [];
  for (const check of selected) {
    onProgress(check);
    rows.push(...(await rowsOf(check, platform)));
  }
  const age = rows.some(({ verdict }) => verdict === 'fail') ? await platform.prometheus.age() : undefined;
  const isYoung = age !== undefined && age < warmUp * settings.scrapeSeconds;
  const count = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  return {
    began: began.toISOString(),
    seconds: Math.round(performance.now() - clock) / 1000,
    prometheus: settings.prometheus.url,
    mode: settings.mode,
    rows: isYoung ? rows.map((row) => whileYoung(row, age)) : rows,
    counts: { pass: count('pass'), fail: count('fail'), notChecked: count('not checked') },
  };
}

/** Much of what fails so early fails for want of a past. */
function whileYoung(row: Row, age: number): Row {
  if (row.verdict !== 'fail') return row;
  const cause = `Prometheus started ${age.toFixed(0)} s ago: ask again in a minute; if it stays, ${row.failure.cause}`;
  return { ...row, failure: { ...row.failure, cause } };
}

async function rowsOf(check: Check, platform: Platform): Promise<Row[]> {
  const { id, criterion } = check;
  try {
    platform.signal.throwIfAborted();
    return (await check.run(platform)).map((finding) => ({ check: id, criterion, ...finding }));
  } catch (error) {
    const reason = platform.signal.aborted ? 'the deadline came first' : (error as Error).message;
    return [{ check: id, criterion, subject: check.promise, verdict: 'not checked', reason }];
  }
}
