// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Of the pages that need no build and no script: login, and what to read while the boards' page is being built. */
export const styleSheet = `
  html { color-scheme: dark; background: #111217; color: #ccccdc; font: 14px/1.5 Inter, system-ui, sans-serif; }
  body { min-height: 100vh; margin: 0; display: grid; place-items: center; }
  main { width: 22rem; padding: 2rem; background: #181b1f; border: 1px solid #2c2f35; border-radius: 6px; }
  h1 { margin: 0; font-size: 1.5rem; font-weight: 500; }
  p { margin: .5rem 0 1.5rem; color: #9fa1a8; }
  label { display: block; margin-bottom: 1rem; font-weight: 500; }
  input { box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit;
    color: inherit; background: #111217; border: 1px solid #3d4148; border-radius: 4px; }
  button { width: 100%; padding: .5rem; font: inherit; font-weight: 500; color: #fff; background: #3d71d9; border: 0; border-radius: 4px; }
  :focus-visible { outline: 2px solid #6e9fff; outline-offset: 1px; }
  [role=alert], aside { margin: 0 0 1rem; padding: .5rem .75rem; border-left: 3px solid #ff5286; background: #22252b; color: #ccccdc; }
  aside { margin: 1rem 0 0; border-color: #fbad37; }
`;

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><link rel="stylesheet" href="/login.css">${head}</head>
<body><main>${body}</main></body>
</html>
`;
}

/**
 * @param next where to go afterwards; already checked to be a path of ours
 * @param isDefault whether user and password are the ones everybody knows
 */
export function loginPage(next: string, isDefault: boolean, message = ''): string {
  return page(
    'Log in - ONYX dashboards',
    `<h1>ONYX dashboards</h1>
<p>A preview without Grafana: the same boards, drawn with Grafana's components.</p>
${message ? `<div role="alert">${escaped(message)}</div>` : ''}
<form method="post" action="/login">
<input type="hidden" name="next" value="${escaped(next)}">
<label>User<input name="user" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
</form>
${isDefault ? '<aside>The login is the default, <b>admin/admin</b>: name a file with another password in ONYX_GRAFANA_PASSWORD_FILE.</aside>' : ''}`,
  );
}

export function waitingPage(): string {
  return page(
    'ONYX dashboards',
    `<h1>Being built</h1>
<p>The first start installs and builds this page, which takes a minute or two; it appears by itself. Should it not, the terminal of npm start says why.</p>`,
    '<meta http-equiv="refresh" content="2">',
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
