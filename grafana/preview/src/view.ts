// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useState } from 'react';

/** What one looks at, kept in the address so that it can be shared and survives a reload; the same names as in Grafana's. */
export interface View {
  readonly uid: string | undefined;
  /** As people write them, such as `now-1h` or milliseconds; unset: as the board says. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Such as `10s`; empty is never, unset is as the board says. */
  readonly refresh: string | undefined;
  readonly variables: Readonly<Record<string, readonly string[]>>;
}

function readView({ pathname, search }: Location): View {
  const parameters = new URLSearchParams(search);
  const chosen = [...new Set(parameters.keys())].filter((name) => name.startsWith('var-'));
  return {
    uid: /^\/d\/([^/]+)/.exec(pathname)?.[1],
    from: parameters.get('from') ?? undefined,
    to: parameters.get('to') ?? undefined,
    refresh: parameters.get('refresh') ?? undefined,
    variables: Object.fromEntries(chosen.map((name) => [name.slice('var-'.length), parameters.getAll(name)])),
  };
}

/** The address of a board, relative to this server. */
export function addressOf(view: View): string {
  const parameters = new URLSearchParams();
  for (const name of ['from', 'to', 'refresh'] as const) {
    const value = view[name];
    if (value !== undefined) parameters.set(name, value);
  }
  for (const [name, values] of Object.entries(view.variables)) {
    for (const value of values) parameters.append(`var-${name}`, value);
  }
  const search = parameters.size > 0 ? `?${parameters}` : '';
  return `${view.uid === undefined ? '/' : `/d/${view.uid}`}${search}`;
}

/** The view in the address, and the way to change it. Links to other boards change it too, without loading the page anew. */
export function useView(): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(() => readView(location));
  useEffect(() => {
    const read = () => setView(readView(location));
    const follow = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      if (!link || !isPlain || link.target === '_blank' || link.origin !== location.origin) return;
      if (!link.pathname.startsWith('/d/')) return;
      event.preventDefault();
      history.pushState(null, '', link.href);
      read();
    };
    addEventListener('popstate', read);
    document.addEventListener('click', follow);
    return () => {
      removeEventListener('popstate', read);
      document.removeEventListener('click', follow);
    };
  }, []);
  const change = useCallback((part: Partial<View>) => {
    history.pushState(null, '', addressOf({ ...readView(location), ...part }));
    setView(readView(location));
  }, []);
  return [view, change];
}
