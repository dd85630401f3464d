// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { renderTextPanelMarkdown, textUtil } from '@grafana/data';
import { RenderUserContentAsHTML, ScrollContainer } from '@grafana/ui';
import type { Adapter, DrawProps } from './adapter.ts';

interface Options {
  readonly mode: 'markdown' | 'html';
  readonly content: string;
}

function Draw({ options, replace }: DrawProps<Options>) {
  const content = replace(options.content, {}, 'text');
  const html = options.mode === 'html' ? textUtil.sanitizeTextPanelContent(content) : renderTextPanelMarkdown(content);
  return (
    <ScrollContainer>
      <RenderUserContentAsHTML className="markdown-html" content={html} />
    </ScrollContainer>
  );
}

export const text: Adapter = { options: { mode: 'markdown', content: '' }, drawsEmpty: true, Draw };
