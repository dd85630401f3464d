// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Alert } from './alert.ts';

/** Ends the paragraph that is generated; what a person writes stands below. */
const marker = '<!-- from grafana/src/rules -->';

/**
 * A page of `docs/runbooks/` with what the rules know in each alert's section: when it fires, and what users feel. Throws an error that
 * names the alert without a heading.
 */
export function withFacts(markdown: string, alerts: readonly Alert[]): string {
  return alerts.reduce((page, alert) => {
    const heading = `\n## ${alert.name}\n\n`;
    const [before, after, ...more] = page.split(heading);
    if (before === undefined || after === undefined || more.length > 0)
      throw new Error(`there is not one heading "${alert.name}" in its runbook`);
    const written = after.slice(isMarked(after) ? after.indexOf(marker) + marker.length + 2 : 0);
    return `${before}${heading}${facts(alert)}\n${marker}\n\n${written}`;
  }, markdown);
}

/** Whether the paragraph that follows a heading is a generated one. */
const isMarked = (section: string) => section.slice(0, section.indexOf('\n\n')).endsWith(marker);

function facts({ when, for: wait, users }: Alert): string {
  const lasting = wait === undefined ? '' : `, for ${wait.replace(/m$/, ' min')}`;
  return `Fires when ${when}${lasting}.\nUsers: ${users}`;
}
