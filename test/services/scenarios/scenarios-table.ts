// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { boards } from '../../../grafana/src/board-files.ts';
import { alertGroups } from '../../../grafana/src/rules/rule-files.ts';
import { type Scenario, scenarioNames, scenarios } from '../../../services/scenarios/scenarios.ts';

const begin = /<!-- scenarios: [^\n]*-->\n/;
const end = '<!-- end of scenarios -->';

/** The scenario in which docs/images shows a board: the first whose cause stands there. */
export const picturedIn = (board: string) => scenarioNames.find((name) => scenarios[name].conclusion.board === board);

/** The guide with a section for each scenario in its place. Throws an error that names an alert or a board there is not. */
export function withScenarios(guide: string): string {
  const [marker] = begin.exec(guide) ?? [];
  if (marker === undefined || !guide.includes(end)) throw new Error('The guide has no place for the scenarios.');
  const before = guide.slice(0, guide.indexOf(marker) + marker.length);
  return before + scenarioNames.map(section).join('') + guide.slice(guide.indexOf(end));
}

function section(name: keyof typeof scenarios): string {
  const { story, conclusion }: Scenario = scenarios[name];
  const { alert, labels, follows, board: uid, panel, column, lines, meaning } = conclusion;
  const [page, group = []] = Object.entries(alertGroups).find(([, all]) => all.some((one) => one.name === alert)) ?? [];
  const board = boards.find((one) => one.uid === uid);
  if (page === undefined || board === undefined)
    throw new Error(`${name}: there is no alert ${alert}, or no board ${uid}`);
  const wait = group.find((one) => one.name === alert)?.for;
  const about = Object.values(labels).map((value) => ` for \`${value}\``);
  return [
    `\n## ${name}\n\n${story} \`npm start -- --scenario ${name}\`\n`,
    `- Alert: [${alert}](../runbooks/${page}.md#${alert.toLowerCase()})${about.join('')}${wait ? `, after ${wait.replace(/m$/, ' min')} or more` : ''}.`,
    ...(follows ? [`- Told as well, because users feel it there: ${follows.join(', ')}.`] : []),
    `- Board: ${board.title}, panel "${panel}"${column ? `, column "${column}"` : ''}: ${lines.map((line) => `\`${line}\``).join(', ')}.`,
    `- ${meaning}\n`,
    ...(picturedIn(uid) === name ? [`![${board.title}: ${story}](../images/${uid}-${name}.png)\n`] : []),
  ].join('\n');
}
