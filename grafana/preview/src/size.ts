// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type RefObject, useEffect, useRef, useState } from 'react';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an element in whole pixels, as it changes; 0 before it is known. */
export function useSize<E extends Element>(onWidth?: (width: number) => void): [RefObject<E | null>, Size] {
  const ref = useRef<E>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    if (ref.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const [width, height] = [Math.floor(entry.contentRect.width), Math.floor(entry.contentRect.height)];
      setSize((last) => (last.width === width && last.height === height ? last : { width, height }));
      onWidth?.(width);
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [onWidth]);
  return [ref, size];
}
