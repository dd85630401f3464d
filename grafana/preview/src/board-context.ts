// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { DashboardCursorSync, EventBus, InterpolateFunction, TimeRange } from '@grafana/data';
import { createContext, useContext } from 'react';
import type { Refresh } from './refresh.ts';

/** What all panels of a board share. */
export interface BoardContext {
  /** A new object for each refresh: everything is asked for the same moments. */
  readonly range: TimeRange;
  readonly scrapeSeconds: number;
  readonly replace: InterpolateFunction;
  readonly track: Refresh['track'];
  readonly onRange: (from: number, to: number) => void;
  readonly sync: DashboardCursorSync;
  readonly events: EventBus;
}

const context = createContext<BoardContext | undefined>(undefined);

export const BoardContextProvider = context.Provider;

export function useBoard(): BoardContext {
  const board = useContext(context);
  if (board === undefined) throw new Error('a panel stands outside a board');
  return board;
}
