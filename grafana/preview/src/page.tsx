// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { Alert } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { readSite, type Site } from './api.ts';
import { Board } from './board.tsx';
import { useView } from './view.ts';

/** Shown when the address names no board, as in docker-compose.otel.yml. */
const home = 'system-overview';

export function Page() {
  const [view, onView] = useView();
  const [site, setSite] = useState<Site | Error>();
  useEffect(() => {
    readSite().then(setSite, setSite);
  }, []);
  if (site === undefined) return null;
  if (site instanceof Error) return <Alert severity="error" title={`The boards cannot be read: ${site.message}`} />;
  const uid = view.uid ?? home;
  const board = site.boards.find((candidate) => candidate.uid === uid) ?? (view.uid ? undefined : site.boards[0]);
  if (board === undefined) return <Alert severity="error" title={`There is no board ${uid}.`} />;
  return <Board key={board.uid} {...{ board, site, view: { ...view, uid: board.uid }, onView }} />;
}
