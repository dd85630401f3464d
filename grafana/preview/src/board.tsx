// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { DashboardCursorSync, EventBusSrv, rangeUtil } from '@grafana/data';
import { Alert, Icon } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import type { Site } from './api.ts';
import { type BoardContext, BoardContextProvider } from './board-context.ts';
import type { Dashboard, Panel } from './dashboard.ts';
import { interpolator } from './interpolate.ts';
import { PanelView } from './panel-view.tsx';
import { useRefresh } from './refresh.ts';
import { unsupportedOnBoard } from './support.ts';
import { Toolbar } from './toolbar.tsx';
import { useVariables } from './variables.ts';
import type { View } from './view.ts';

interface BoardProps {
  readonly board: Dashboard;
  readonly site: Site;
  readonly view: View;
  readonly onView: (change: Partial<View>) => void;
}

export function Board({ board, site, view, onView }: BoardProps) {
  const from = view.from ?? board.time?.from ?? 'now-1h';
  const to = view.to ?? board.time?.to ?? 'now';
  const interval = view.refresh ?? board.refresh ?? '';
  const { tick, refreshNow, track } = useRefresh(interval === '' ? 0 : rangeUtil.intervalToMs(interval));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `now` is another moment with each tick
  const range = useMemo(() => rangeUtil.convertRawToRange(asRaw({ from, to }), 'browser'), [from, to, tick]);
  const resolved = useVariables(board, view.variables, range);
  const [events] = useState(() => new EventBusSrv());

  useEffect(() => {
    document.title = `${board.title} - ONYX dashboards (preview)`;
  }, [board.title]);

  // Panels ask again when this changes, so it is made anew for new choices only.
  const replace = useMemo(() => interpolator(resolved?.choices ?? new Map()), [resolved]);
  const context = useMemo<BoardContext | undefined>(
    () =>
      resolved && {
        range,
        scrapeSeconds: site.scrapeSeconds,
        replace,
        track,
        onRange: (start, end) => onView({ from: String(Math.round(start)), to: String(Math.round(end)) }),
        sync: board.graphTooltip === 0 ? DashboardCursorSync.Off : DashboardCursorSync.Crosshair,
        events,
      },
    [range, resolved, replace, site.scrapeSeconds, track, onView, board.graphTooltip, events],
  );
  const missing = unsupportedOnBoard(board);
  return (
    <>
      <Toolbar
        {...{ board, site, range, interval, onView, refreshNow }}
        view={{ ...view, from, to }}
        variables={resolved?.variables ?? []}
      />
      <main className="board">
        {missing.length > 0 && <Alert severity="warning" title={`The preview does not show: ${missing.join(', ')}.`} />}
        {resolved?.error && <Alert severity="error" title={resolved.error} />}
        {context && (
          <BoardContextProvider value={context}>
            {sections(board.panels).map((section) => (
              <Section key={section.row?.id ?? 0} {...section} />
            ))}
          </BoardContextProvider>
        )}
      </main>
    </>
  );
}

interface SectionProps {
  /** None above the panels that stand before the first row. */
  readonly row?: Panel;
  readonly panels: readonly Panel[];
}

function Section({ row, panels }: SectionProps) {
  const [isOpen, setOpen] = useState(row?.collapsed !== true);
  const top = Math.min(...panels.map(({ gridPos }) => gridPos.y));
  return (
    <section>
      {row && (
        <button type="button" className="row-title" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
          {row.title}
          {!isOpen && (
            <span className="row-count">({panels.length === 1 ? '1 panel' : `${panels.length} panels`})</span>
          )}
        </button>
      )}
      {isOpen && (
        <div className="grid">
          {panels.map((panel) => (
            <Cell key={panel.id} panel={panel} top={top} />
          ))}
        </div>
      )}
    </section>
  );
}

function Cell({ panel, top }: { readonly panel: Panel; readonly top: number }) {
  const { x, y, w, h } = panel.gridPos;
  return (
    <div style={{ gridColumn: `${x + 1} / span ${w}`, gridRow: `${y - top + 1} / span ${h}` }}>
      <PanelView panel={panel} />
    </div>
  );
}

/** A row owns the panels after it, and those inside it when it is collapsed. */
function sections(panels: readonly Panel[]): SectionProps[] {
  const found: { row?: Panel; panels: Panel[] }[] = [];
  for (const panel of panels) {
    const last = found.at(-1);
    if (panel.type === 'row') found.push({ row: panel, panels: [...(panel.panels ?? [])] });
    else if (last) last.panels.push(panel);
    else found.push({ panels: [panel] });
  }
  return found;
}

/** Milliseconds come from an address as text. */
function asRaw({ from, to }: { readonly from: string; readonly to: string }) {
  const raw = (time: string) => (/^\d+$/.test(time) ? new Date(Number(time)).toISOString() : time);
  return { from: raw(from), to: raw(to) };
}
