// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { FieldDisplay } from '@grafana/data';
import type { ReactElement } from 'react';

/** A value that leads to where its first data link points. */
export function Linked({ display, children }: { readonly display: FieldDisplay; readonly children: ReactElement }) {
  const [link] = display.hasLinks ? (display.getLinks?.() ?? []) : [];
  if (!link) return children;
  return (
    <a href={link.href} title={link.title} target={link.target === '_blank' ? '_blank' : undefined} rel="noreferrer">
      {children}
    </a>
  );
}
