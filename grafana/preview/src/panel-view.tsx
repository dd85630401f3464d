// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  type ConfigOverrideRule,
  type FieldConfigSource,
  LoadingState,
  renderMarkdown,
  ThresholdsMode,
} from '@grafana/data';
import { ErrorBoundaryAlert, PanelChrome, PanelContextProvider, SeriesVisibilityChangeMode } from '@grafana/ui';
import { type ReactNode, useMemo, useState } from 'react';
import { useBoard } from './board-context.ts';
import type { Panel } from './dashboard.ts';
import { usePanelData } from './panel-data.ts';
import type { Adapter } from './panels/adapter.ts';
import { adapters } from './panels/index.ts';
import { useSize } from './size.ts';
import { unsupportedInPanel } from './support.ts';

/** A panel in its frame; what it cannot draw it says. */
export function PanelView({ panel }: { readonly panel: Panel }) {
  const missing = unsupportedInPanel(panel);
  const adapter = adapters[panel.type];
  return adapter && missing.length === 0 ? (
    <DrawnPanel panel={panel} adapter={adapter} />
  ) : (
    <Frame panel={panel} state="unsupported">
      {() => <Message>The preview does not draw {missing.join(', ')}. Grafana does.</Message>}
    </Frame>
  );
}

function DrawnPanel({ panel, adapter }: { readonly panel: Panel; readonly adapter: Adapter }) {
  const { replace, onRange, sync, events } = useBoard();
  const [shown, setShown] = useState<readonly string[]>([]);
  const [width, setWidth] = useState(0);
  const source = useMemo(() => fieldConfig(panel, adapter, shown), [panel, adapter, shown]);
  const options = useMemo(() => ({ ...adapter.options, ...panel.options }), [adapter, panel]);
  const data = usePanelData(panel, source, width);
  const isEmpty = data.frames.every(({ length }) => length === 0);
  const state = data.state === 'done' && isEmpty && panel.type !== 'text' ? 'empty' : data.state;

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
  return (
    <PanelContextProvider value={context}>
      <Frame panel={panel} state={state} error={data.error} onWidth={setWidth}>
        {(innerWidth, innerHeight) => {
          if (data.error !== undefined) return <Message>The query failed: {data.error}</Message>;
          // The first answer is still to come; later ones replace what is there.
          if (!data.isAnswered && panel.type !== 'text') return null;
          if (isEmpty && !adapter.drawsEmpty) return <Message>{source.defaults.noValue ?? 'No data'}</Message>;
          const { Draw } = adapter;
          return (
            <ErrorBoundaryAlert dependencies={[data]}>
              <Draw
                frames={data.frames}
                options={options}
                fieldConfig={source}
                range={data.range}
                replace={replace}
                width={innerWidth}
                height={innerHeight}
                onRange={onRange}
              />
            </ErrorBoundaryAlert>
          );
        }}
      </Frame>
    </PanelContextProvider>
  );
}

interface FrameProps {
  readonly panel: Panel;
  readonly state: string;
  readonly error?: string | undefined;
  readonly onWidth?: (width: number) => void;
  readonly children: (innerWidth: number, innerHeight: number) => ReactNode;
}

function Frame({ panel, state, error, onWidth, children }: FrameProps) {
  const { replace } = useBoard();
  const [ref, { width, height }] = useSize<HTMLDivElement>(onWidth);
  const { title = '', description } = panel;
  return (
    <div ref={ref} className="panel" data-panel={panel.id} data-type={panel.type} data-state={state}>
      {width > 0 && (
        <PanelChrome
          width={width}
          height={height}
          title={replace(title, {}, 'text')}
          description={description ? () => renderMarkdown(replace(description, {}, 'text')) : ''}
          displayMode={panel.transparent ? 'transparent' : 'default'}
          loadingState={state === 'loading' ? LoadingState.Loading : LoadingState.Done}
          padding={panel.type === 'table' ? 'none' : 'md'}
          {...(error === undefined ? {} : { statusItems: [{ severity: 'error' as const, text: error }] })}
        >
          {children}
        </PanelChrome>
      )}
    </div>
  );
}

function Message({ children }: { readonly children: ReactNode }) {
  return <div className="panel-message">{children}</div>;
}

/** The panel's settings on top of those of its type; `shown`: the only series a click in the legend left. */
function fieldConfig(panel: Panel, adapter: Adapter, shown: readonly string[]): FieldConfigSource {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const others: ConfigOverrideRule = {
    matcher: { id: 'byNames', options: { mode: 'exclude', names: shown } },
    properties: [{ id: 'custom.hideFrom', value: { viz: true, legend: false, tooltip: true } }],
  };
  return {
    defaults: {
      thresholds,
      ...adapter.field,
      ...structuredClone(defaults),
      custom: { ...(adapter.field?.custom as object | undefined), ...defaults.custom },
    },
    overrides: [...(overrides as ConfigOverrideRule[]), ...(shown.length > 0 ? [others] : [])],
  };
}

/** What Grafana assumes where a panel says nothing. */
const thresholds = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: Number.NEGATIVE_INFINITY, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

function toggled(
  shown: readonly string[],
  labels: readonly string[],
  mode: SeriesVisibilityChangeMode,
): readonly string[] {
  if (mode === SeriesVisibilityChangeMode.SetExactly) return labels;
  if (mode === SeriesVisibilityChangeMode.ToggleSelection) {
    return shown.length === 1 && shown[0] === labels[0] ? [] : labels;
  }
  const added = labels.filter((label) => !shown.includes(label));
  return [...shown.filter((label) => !labels.includes(label)), ...added];
}
