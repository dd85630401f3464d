// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { Alert } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { readSite, type Site } from './api.ts';
import { Board } from './board.tsx';
import { useView } from './view.ts';

export function Page() {
  const [view, onView] = useView();
  const [site, setSite] = useState<Site | Error>();
  useEffect(() => {
    readSite().then(setSite, setSite);
  }, []);
  if (site === undefined) return null;
  if (site instanceof Error) return <Alert severity="error" title={`The boards cannot be read: ${site.message}`} />;
  const board = site.boards.find(({ uid }) => uid === view.uid);
  if (board === undefined) return <Alert severity="error" title={`There is no board ${view.uid}.`} />;
  return <Board key={board.uid} {...{ board, site, view, onView }} />;
}
