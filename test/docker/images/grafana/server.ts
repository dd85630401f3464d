// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, watchFile, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { basic } from '../../../../services/prometheus/http-endpoint.ts';
import { GrafanaStandIn } from '../../../verify/grafana-stand-in.ts';

/*
 * The placeholder for Grafana's image: the stand-in of the verifier's tests, set up by what the overlay mounts and sets. Like Grafana it
 * takes the admin's password from its file on the first start only; `grafana cli admin reset-admin-password` changes it.
 */

const database = '/var/lib/grafana/admin-password';

if (process.argv.slice(2).join(' ') === 'cli admin reset-admin-password --password-from-stdin') {
  writeFileSync(database, readFileSync(0, 'utf8').trimEnd());
  process.stdout.write('PLACEHOLDER, not Grafana: Admin password changed successfully\n');
} else {
  await serve(process.env);
}

async function serve(environment: NodeJS.ProcessEnv): Promise<void> {
  // Grafana needs a place for temporary files, on whatever system.
  writeFileSync('/tmp/grafana', '');
  const file = environment.GF_SECURITY_ADMIN_PASSWORD__FILE ?? '';
  if (!existsSync(database)) writeFileSync(database, readFileSync(file, 'utf8').trimEnd());
  const password = () => readFileSync(database, 'utf8');
  const provisioned = parse(readFileSync('/etc/grafana/provisioning/datasources/prometheus.yml', 'utf8'));
  const { url, basicAuthUser, secureJsonData } = provisioned.datasources[0];
  const [, secret = ''] = /^\$__file\{(.*)\}$/.exec(secureJsonData.basicAuthPassword) ?? [];
  const standIn = await GrafanaStandIn.start(
    { url, authorization: basic(`${basicAuthUser}:${readFileSync(secret, 'utf8').trimEnd()}`) },
    { environment, boards: '/etc/grafana/dashboards', password: password(), host: '0.0.0.0', port: 3000 },
  );
  watchFile(database, { interval: 100 }, () => {
    standIn.password = password();
  });
  process.on('SIGTERM', () => process.exit(0));
  process.stdout.write('PLACEHOLDER, not Grafana: answers some paths of its HTTP API on port 3000\n');
}
