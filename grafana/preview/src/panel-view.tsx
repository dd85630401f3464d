// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { LoadingState, renderMarkdown } from '@grafana/data';
import { ErrorBoundaryAlert, PanelChrome, PanelContextProvider, SeriesVisibilityChangeMode, Text } from '@grafana/ui';
import { type ReactNode, useMemo, useState } from 'react';
import { useMeasure } from 'react-use';
import type { Panel } from './dashboard.ts';
import { fieldConfig } from './field-config.ts';
import { type Shared, usePanelData } from './panel-data.ts';
import { adapters } from './panels/index.ts';
import { unsupportedInPanel } from './support.ts';

interface PanelViewProps {
  readonly panel: Panel;
  /** The first line of the board's grid that belongs to the section. */
  readonly top: number;
  readonly shared: Shared;
}

/** A panel in its frame; what it cannot draw it says. */
export function PanelView({ panel, top, shared }: PanelViewProps) {
  const { replace, onRange, sync, events } = shared;
  const [ref, size] = useMeasure<HTMLDivElement>();
  const [width, height] = [Math.floor(size.width), Math.floor(size.height)];
  const [shown, setShown] = useState<readonly string[]>([]);
  const missing = useMemo(() => unsupportedInPanel(panel), [panel]);
  const adapter = missing.length === 0 ? adapters[panel.type] : undefined;
  const source = useMemo(() => fieldConfig(panel, adapter, shown), [panel, adapter, shown]);
  const options = useMemo(() => ({ ...adapter?.options, ...panel.options }), [adapter, panel]);
  const data = usePanelData(panel, source, shared, adapter ? width : 0);
  const hasOwnContent = panel.type === 'text';
  const isEmpty = !hasOwnContent && data.frames.every(({ length }) => length === 0);
  const state = data.state === 'done' && isEmpty ? 'empty' : data.state;
  const context = useMemo(
    () => ({
      eventsScope: 'board',
      eventBus: events,
      sync: () => sync,
      onToggleSeriesVisibility: (label: string | string[] | null, mode: SeriesVisibilityChangeMode) =>
        setShown((current) => toggled(current, [label ?? []].flat(), mode)),
    }),
    [events, sync],
  );

  const content = (innerWidth: number, innerHeight: number): ReactNode => {
    if (!adapter) return <Message>The preview does not draw {missing.join(', ')}. Grafana does.</Message>;
    if (data.error !== undefined) return <Message>The query failed: {data.error}</Message>;
    // The first answer is still to come; later ones replace what is there.
    if (!data.isAnswered && !hasOwnContent) return null;
    if (isEmpty && !adapter.drawsEmpty) return <Message>{source.defaults.noValue ?? 'No data'}</Message>;
    const { frames, range } = data;
    return (
      <ErrorBoundaryAlert dependencies={[data]}>
        <adapter.Draw
          {...{ frames, options, range, replace, onRange }}
          fieldConfig={source}
          width={innerWidth}
          height={innerHeight}
        />
      </ErrorBoundaryAlert>
    );
  };

  const { id, type, title = '', description, gridPos } = panel;
  const { x, y, w, h } = gridPos;
  const place = { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y - top + 1} / span ${h}` };
  return (
    <div ref={ref} style={place} data-panel={id} data-type={type} data-state={adapter ? state : 'unsupported'}>
      {width > 0 && (
        <PanelContextProvider value={context}>
          <PanelChrome
            {...{ width, height }}
            title={replace(title, {}, 'text')}
            description={description ? () => renderMarkdown(replace(description, {}, 'text')) : ''}
            loadingState={adapter && state === 'loading' ? LoadingState.Loading : LoadingState.Done}
            padding={type === 'table' ? 'none' : 'md'}
            statusItems={data.error === undefined ? [] : [{ severity: 'error', text: data.error }]}
          >
            {content}
          </PanelChrome>
        </PanelContextProvider>
      )}
    </div>
  );
}

function Message({ children }: { readonly children: NonNullable<ReactNode> }) {
  return (
    <div className="panel-message">
      <Text color="secondary">{children}</Text>
    </div>
  );
}

/** The only series shown after a click in the legend. */
function toggled(shown: readonly string[], labels: readonly string[], mode: SeriesVisibilityChangeMode) {
  if (mode === SeriesVisibilityChangeMode.SetExactly) return labels;
  if (mode === SeriesVisibilityChangeMode.ToggleSelection) {
    return shown.length === 1 && shown[0] === labels[0] ? [] : labels;
  }
  const added = labels.filter((label) => !shown.includes(label));
  return [...shown.filter((label) => !labels.includes(label)), ...added];
}
