// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { dateTime, EventBusSrv, rangeUtil } from '@grafana/data';
import { DashboardCursorSync } from '@grafana/schema';
import { Alert, Box, Icon, Text } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useTitle } from 'react-use';
import type { Site } from './api.ts';
import type { Dashboard, Panel } from './dashboard.ts';
import { interpolator } from './interpolate.ts';
import type { Shared } from './panel-data.ts';
import { PanelView } from './panel-view.tsx';
import { useRefresh } from './refresh.ts';
import { unsupportedOnBoard } from './support.ts';
import { Toolbar } from './toolbar.tsx';
import { useVariables } from './variables.ts';
import { chosenIn, type View } from './view.ts';

interface BoardProps {
  readonly board: Dashboard;
  readonly site: Site;
  readonly view: View;
  readonly onView: (change: Partial<View>) => void;
}

export function Board({ board, site, view, onView }: BoardProps) {
  const { from = board.time?.from ?? 'now-1h', to = board.time?.to ?? 'now', refresh = board.refresh ?? '' } = view;
  useTitle(`${board.title} - ONYX dashboards (preview)`);
  const { tick, refreshNow, track } = useRefresh(refresh === '' ? 0 : rangeUtil.intervalToMs(refresh));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `now` is another moment with each tick
  const range = useMemo(
    () => rangeUtil.convertRawToRange({ from: asTime(from), to: asTime(to) }, 'browser'),
    [from, to, tick],
  );
  const resolved = useVariables(board, view.variables, range);
  const [events] = useState(() => new EventBusSrv());
  const choices = resolved?.choices;
  const chosen = String(new URLSearchParams(chosenIn(view.variables)));
  const replace = useMemo(() => {
    const kept = { __url_time_range: String(new URLSearchParams({ from, to })), __all_variables: chosen };
    const ofLinks = Object.entries(kept).map(([name, raw]) => [name, { values: [], raw }] as const);
    return interpolator(new Map([...(choices ?? []), ...ofLinks]));
  }, [choices, chosen, from, to]);
  const shared: Shared = {
    ...{ range, replace, track, events },
    scrapeSeconds: site.scrapeSeconds,
    sync: board.graphTooltip ?? DashboardCursorSync.Off,
    onRange: (start, end) => onView({ from: String(Math.round(start)), to: String(Math.round(end)) }),
  };
  const missing = unsupportedOnBoard(board);
  return (
    <>
      <Toolbar
        {...{ board, site, range, onView, refreshNow }}
        view={{ ...view, from, to, refresh }}
        variables={resolved?.variables ?? []}
      />
      <Box element="main" paddingX={2} paddingBottom={2}>
        {missing.length > 0 && <Alert severity="warning" title={`The preview does not show: ${missing.join(', ')}.`} />}
        {resolved?.error && <Alert severity="error" title={resolved.error} />}
        {resolved &&
          sections(shown(board.panels, view.viewPanel)).map((section) => (
            <Section key={section.row?.id ?? 0} {...section} shared={shared} />
          ))}
      </Box>
    </>
  );
}

interface SectionPanels {
  /** None above the panels that stand before the first row. */
  readonly row?: Panel;
  readonly panels: Panel[];
}

/** All panels, or the one of a link, over the whole width. */
function shown(panels: readonly Panel[], viewPanel: string | undefined): readonly Panel[] {
  if (viewPanel === undefined) return panels;
  const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return all
    .filter(({ id }) => viewPanel.replace('panel-', '') === String(id))
    .map((panel) => ({ ...panel, gridPos: { x: 0, y: 0, w: 24, h: 18 } }));
}

/** A row owns the panels after it, and those inside it when it is collapsed. */
function sections(panels: readonly Panel[]): SectionPanels[] {
  const found: SectionPanels[] = [];
  for (const panel of panels) {
    if (panel.type === 'row') found.push({ row: panel, panels: [...(panel.panels ?? [])] });
    else if (found.length === 0) found.push({ panels: [panel] });
    else found.at(-1)?.panels.push(panel);
  }
  return found;
}

function Section({ row, panels, shared }: SectionPanels & { readonly shared: Shared }) {
  const [isOpen, setOpen] = useState(row?.collapsed !== true);
  const top = Math.min(...panels.map(({ gridPos }) => gridPos.y));
  return (
    <section>
      {row && (
        <button type="button" className="row-title" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
          {row.title}
          {!isOpen && (
            <Text variant="body" color="secondary">
              ({panels.length === 1 ? '1 panel' : `${panels.length} panels`})
            </Text>
          )}
        </button>
      )}
      {isOpen && (
        <div className="grid">
          {panels.map((panel) => (
            <PanelView key={panel.id} {...{ panel, top, shared }} />
          ))}
        </div>
      )}
    </section>
  );
}

/** Milliseconds come from an address as text. */
const asTime = (text: string) => (/^\d+$/.test(text) ? dateTime(Number(text)) : text);
