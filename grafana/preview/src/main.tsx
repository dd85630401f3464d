// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createTheme, ThemeContext } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { registerTransformers } from './field-config.ts';
import { Page } from './page.tsx';
import './page.css';

declare global {
  interface Window {
    /** Where @grafana/ui looks for fonts and icons. */
    __grafana_public_path__?: string;
  }
}

window.__grafana_public_path__ = '/public/';
registerTransformers();

const theme = createTheme({ colors: { mode: 'dark' } });
const { style } = document.documentElement;
style.setProperty('--canvas', theme.colors.background.canvas);
style.setProperty('--bar', theme.colors.background.primary);
style.setProperty('--line', theme.colors.border.weak);
style.setProperty('--faint', theme.colors.text.secondary);

const container = document.getElementById('page');
if (container === null) throw new Error('the page has no element to draw in');
createRoot(container).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <Page />
    <PortalContainer />
  </ThemeContext.Provider>,
);
