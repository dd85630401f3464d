// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useState } from 'react';

/** Shown when the address names no board, as in docker-compose.otel.yml. */
const home = 'system-overview';

/** What one looks at, kept in the address so that it can be shared and survives a reload; the same names as in Grafana's. */
export interface View {
  readonly uid: string;
  /** As people write them, such as `now-1h` or milliseconds; unset: as the board says. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Such as `10s`; empty is never, unset is as the board says. */
  readonly refresh?: string | undefined;
  /** The only panel to show, such as `panel-12`; unset is all of them. */
  readonly viewPanel?: string | undefined;
  readonly variables: Readonly<Record<string, readonly string[]>>;
}

function readView(): View {
  const parameters = new URLSearchParams(location.search);
  const chosen = [...new Set(parameters.keys())].filter((name) => name.startsWith('var-'));
  return {
    uid: /^\/d\/([^/]+)/.exec(location.pathname)?.[1] ?? home,
    from: parameters.get('from') ?? undefined,
    to: parameters.get('to') ?? undefined,
    refresh: parameters.get('refresh') ?? undefined,
    viewPanel: parameters.get('viewPanel') ?? undefined,
    variables: Object.fromEntries(chosen.map((name) => [name.slice('var-'.length), parameters.getAll(name)])),
  };
}

/** The address of a board, relative to this server. */
export function addressOf({ uid, variables, ...times }: View): string {
  const set = Object.entries(times).filter(([, value]) => value !== undefined);
  return `/d/${uid}?${new URLSearchParams([...set, ...chosenIn(variables)])}`;
}

/** What is chosen, as an address says it. */
export function chosenIn(variables: View['variables']): string[][] {
  return Object.entries(variables).flatMap(([name, values]) => values.map((value) => [`var-${name}`, value]));
}

/** The view in the address, and the way to change it. Links to other boards change it too, without loading the page again. */
export function useView(): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(readView);
  const go = useCallback((address: string) => {
    history.pushState(null, '', address);
    setView(readView());
  }, []);
  useEffect(() => {
    const read = () => setView(readView());
    const follow = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      if (!link || !isPlain || link.target === '_blank' || link.origin !== location.origin) return;
      if (!link.pathname.startsWith('/d/')) return;
      event.preventDefault();
      go(link.href);
    };
    addEventListener('popstate', read);
    document.addEventListener('click', follow);
    return () => {
      removeEventListener('popstate', read);
      document.removeEventListener('click', follow);
    };
  }, [go]);
  const change = useCallback((part: Partial<View>) => go(addressOf({ ...readView(), ...part })), [go]);
  return [view, change];
}
