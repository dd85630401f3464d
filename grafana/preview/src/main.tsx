// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createTheme, ThemeContext } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { Page } from './page.tsx';
import './page.css';

// Where @grafana/ui looks for fonts and icons.
Object.assign(window, { __grafana_public_path__: '/public/' });

const container = document.getElementById('page');
if (container === null) throw new Error('the page has no element to draw in');
// As Grafana takes it.
const mode = new URLSearchParams(window.location.search).get('theme') === 'light' ? 'light' : 'dark';
createRoot(container).render(
  <ThemeContext.Provider value={createTheme({ colors: { mode } })}>
    <GlobalStyles />
    <Page />
    <PortalContainer />
  </ThemeContext.Provider>,
);
