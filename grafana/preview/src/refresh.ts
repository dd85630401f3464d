// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Refresh {
  /** Changes whenever everything is to be asked again. */
  readonly tick: number;
  readonly refreshNow: () => void;
  /** Counts work in progress: while there is any, no refresh adds to it. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

/** Ticks every `milliseconds` while the tab is visible; 0 is never. A tab shown again ticks at once if a tick is due. */
export function useRefresh(milliseconds: number): Refresh {
  const [tick, setTick] = useState(0);
  const pending = useRef(0);
  const last = useRef(performance.now());
  const refreshNow = useCallback(() => {
    last.current = performance.now();
    setTick((current) => current + 1);
  }, []);
  useEffect(() => {
    if (milliseconds === 0) return;
    const tickIfDue = () => {
      const isDue = performance.now() - last.current >= milliseconds - 50;
      if (!document.hidden && isDue && pending.current === 0) refreshNow();
    };
    const timer = setInterval(tickIfDue, Math.min(milliseconds, 1000));
    document.addEventListener('visibilitychange', tickIfDue);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tickIfDue);
    };
  }, [milliseconds, refreshNow]);
  const track = useCallback(async <T>(work: Promise<T>): Promise<T> => {
    pending.current += 1;
    try {
      return await work;
    } finally {
      pending.current -= 1;
    }
  }, []);
  return { tick, refreshNow, track };
}
