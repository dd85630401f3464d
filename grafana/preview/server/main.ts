// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { previewApp } from './app.ts';
import { readSettings } from './environment.ts';

try {
  const settings = readSettings(process.env);
  const server = previewApp(settings).listen(settings.port, settings.host);
  await once(server, 'listening');
  process.stdout.write(`Dashboards at http://${settings.host}:${settings.port}\n`);
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
