// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { DataFrame, EventBus, FieldConfigSource, TimeRange } from '@grafana/data';
import type { DashboardCursorSync } from '@grafana/schema';
import { useTheme2 } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import type { Panel } from './dashboard.ts';
import { transformed, withFieldSettings } from './field-config.ts';
import { type Moment, queryPanel } from './prometheus.ts';
import type { Refresh } from './refresh.ts';

/** What all panels of a board share. Its range is a new object for each refresh: everything is asked for the same moments. */
export interface Shared extends Omit<Moment, 'width'> {
  readonly track: Refresh['track'];
  readonly onRange: (from: number, to: number) => void;
  readonly sync: DashboardCursorSync;
  readonly events: EventBus;
}

export interface PanelData {
  readonly state: 'loading' | 'done' | 'failed';
  /** Whether there was an answer before the one that is loading: what it brought stays until then. */
  readonly isAnswered: boolean;
  readonly frames: DataFrame[];
  /** The one that was asked for, which the frames belong to. */
  readonly range: TimeRange;
  readonly error?: string;
}

/** Asks the queries of a panel again with each refresh of its board; `width` 0: not yet. */
export function usePanelData(panel: Panel, source: FieldConfigSource, shared: Shared, width: number): PanelData {
  const { range, replace, scrapeSeconds, track } = shared;
  const theme = useTheme2();
  const [data, setData] = useState<PanelData>({ state: 'loading', isAnswered: false, frames: [], range });
  const isMeasured = width > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new width is no reason to ask again, the next refresh uses it
  useEffect(() => {
    if (!isMeasured) return;
    const ended = new AbortController();
    setData((last) => ({ ...last, state: 'loading' }));
    const answered = (part: Pick<PanelData, 'state' | 'frames' | 'error'>) =>
      !ended.signal.aborted && setData({ ...part, isAnswered: true, range });
    const work = queryPanel(panel, { range, scrapeSeconds, width, replace }, ended.signal);
    track(work.then((frames) => transformed(frames, panel, replace))).then(
      (frames) => answered({ state: 'done', frames }),
      (error: Error) => answered({ state: 'failed', frames: [], error: error.message }),
    );
    return () => ended.abort();
  }, [panel, range, replace, scrapeSeconds, track, isMeasured]);
  const frames = useMemo(
    () => withFieldSettings(data.frames, source, replace, theme),
    [data.frames, source, replace, theme],
  );
  return { ...data, frames };
}
