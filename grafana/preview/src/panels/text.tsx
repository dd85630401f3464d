// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { renderTextPanelMarkdown } from '@grafana/data';
import { RenderUserContentAsHTML, ScrollContainer } from '@grafana/ui';
import type { Adapter, DrawProps } from './adapter.ts';

function Draw({ options, replace }: DrawProps<{ readonly content: string }>) {
  return (
    <ScrollContainer>
      <RenderUserContentAsHTML
        className="markdown-html"
        content={renderTextPanelMarkdown(replace(options.content, {}, 'text'))}
      />
    </ScrollContainer>
  );
}

export const text: Adapter = { options: { content: '' }, drawsEmpty: true, Draw };
