// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { alertmanagerFlags } from '../../collector-config/alertmanager/flags.ts';
import { root } from '../../services/native/environment.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { layOutAlertmanager } from '../../services/native/stack/alertmanager-config.ts';
import { notify } from '../../services/verify/checks/notify.ts';
import { Platform } from '../../services/verify/platform.ts';
import { folderOfTest } from '../folder.ts';

/** The real Alertmanager, and servers that take what it sends: of Slack and others they are stand-ins, which ask for no key. */

const soon = { timeout: 60_000, interval: 200 };
/** What Telegram answers. The others look at the status only. */
const telegrams = '{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":-1001,"type":"group"}}}';

interface Taken {
  readonly url: string;
  readonly body: string;
}

/** A server that takes everything sent by HTTP, with this status. */
async function startTaker(status = 200) {
  const taken: Taken[] = [];
  const server: Server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    taken.push({ url: request.url ?? '', body });
    response.writeHead(status, { 'content-type': 'application/json' }).end(telegrams);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { taken, url, stop: () => new Promise((resolve) => server.close(resolve)) };
}

async function startMailServer() {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      stream.toArray().then((parts) => {
        mails.push(Buffer.concat(parts).toString());
        done();
      }, done);
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return { mails, port, stop: () => new Promise<void>((resolve) => server.close(resolve)) };
}

/** A folder with these files, each a way to be told. */
async function ways(files: Readonly<Record<string, string>>): Promise<{ folder: string; notifyDir: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'onyx-notify-'));
  const notifyDir = path.join(folder, 'notify');
  await mkdir(notifyDir);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(notifyDir, name), text);
  return { folder, notifyDir };
}

async function startAlertmanager(files: Readonly<Record<string, string>>) {
  const { folder, notifyDir } = await ways(files);
  await layOutAlertmanager(folder, notifyDir);
  const address = `127.0.0.1:${await getPort()}`;
  const flags = [`--storage.path=${path.join(folder, 'data')}`, `--web.listen-address=${address}`];
  const config = `--config.file=${path.join(folder, 'alertmanager.yml')}`;
  const running = execa(await binary('alertmanager'), [config, ...flags, ...alertmanagerFlags], {
    ...{ reject: false, all: true },
  });
  const url = `http://${address}`;
  const ended = running.then(({ all }) => Promise.reject(new Error(`Alertmanager ended:\n${all}`)));
  const ready = vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).ok).toBe(true), soon);
  await Promise.race([ready, ended]);
  const stop = async () => {
    running.kill();
    await running;
    await rm(folder, { recursive: true });
  };
  return { url, stop };
}

/** What `npm run verify -- --only notify` finds. */
const found = (url: string) =>
  notify.run(
    new Platform(
      {
        ...{ mode: 'native', scrapeSeconds: 15, thirdParties: [] },
        ...{ prometheus: { url: 'http://127.0.0.1:1' }, alertmanager: { url }, collector: {} },
        ...{ grafana: undefined, suna: undefined },
      },
      AbortSignal.timeout(60_000),
    ),
  );

describe('with a file for each way', () => {
  let http: Awaited<ReturnType<typeof startTaker>>;
  let mail: Awaited<ReturnType<typeof startMailServer>>;
  let alertmanager: Awaited<ReturnType<typeof startAlertmanager>>;
  const takenAt = (url: string) => http.taken.filter((one) => one.url === url).map(({ body }) => body);

  beforeAll(async () => {
    [http, mail] = await Promise.all([startTaker(), startMailServer()]);
    const email = ['to: night@example.com', 'from: onyx@example.com', `smarthost: 127.0.0.1:${mail.port}`];
    alertmanager = await startAlertmanager({
      email: `# Who has the night\n${[...email, 'require_tls: false'].join('\r\n')}\r\n`,
      slack: `${http.url}/slack\n`,
      telegram: `bot_token: 123:abc\nchat_id: -1001\napi_url: ${http.url}`,
      pagerduty: `routing_key: 'it''s secret'\nurl: ${http.url}/pagerduty`,
      webhook: `${http.url}/webhook`,
      discord: `${http.url}/discord`,
      deadman: `${http.url}/deadman`,
    });
  });
  afterAll(() => Promise.all([alertmanager?.stop(), http?.stop(), mail?.stop()]));

  test('verify sends one test alert by each, and each arrives with what it says', async () => {
    expect((await found(alertmanager.url)).map(({ subject, verdict }) => [subject, verdict])).toEqual([
      ...['discord', 'email', 'pagerduty', 'slack', 'telegram', 'webhook'].map((way) => [way, 'pass']),
      ['deadman', 'not checked'],
    ]);
    const said = 'A test of this way to be told';
    const telegram = '/bot123:abc/sendMessage';
    for (const url of ['/slack', '/pagerduty', '/webhook', '/discord', telegram])
      expect(takenAt(url), url).toEqual([expect.stringContaining(said)]);
    expect(mail.mails).toEqual([expect.stringContaining('TestNotification')]);
    expect(mail.mails[0]).toMatch(/^To: night@example\.com$/m);
    expect(JSON.parse(takenAt('/pagerduty')[0] ?? '')).toMatchObject({ routing_key: "it's secret" });
    expect(JSON.parse(takenAt(telegram)[0] ?? '')).toMatchObject({ chat_id: '-1001' });
    expect(takenAt('/deadman')).toEqual([]);
  });

  test('the watchdog goes to the address of its own, and nowhere else', async () => {
    const others = http.taken.length;
    const alert = { labels: { alertname: 'Watchdog' }, endsAt: new Date(Date.now() + 60_000) };
    await fetch(`${alertmanager.url}/api/v2/alerts`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([alert]) },
    });
    await expect.poll(() => takenAt('/deadman'), soon).toEqual([expect.stringContaining('Watchdog')]);
    expect(http.taken).toHaveLength(others + 1);
    expect(await found(alertmanager.url)).toContainEqual(
      expect.objectContaining({ subject: 'deadman', verdict: 'pass' }),
    );
  });
});

test('verify names the way by which nothing arrives, and what to look at', async () => {
  const [refusing, taking] = await Promise.all([startTaker(404), startTaker()]);
  onTestFinished(() => void Promise.all([refusing.stop(), taking.stop()]));
  const alertmanager = await startAlertmanager({ slack: refusing.url, webhook: taking.url });
  onTestFinished(alertmanager.stop);
  expect(await found(alertmanager.url)).toEqual([
    expect.objectContaining({
      ...{ subject: 'slack', verdict: 'fail', measured: '1 of 1 attempts failed' },
      failure: expect.objectContaining({ change: expect.stringContaining('the file slack') }),
    }),
    expect.objectContaining({ subject: 'webhook', verdict: 'pass' }),
  ]);
});

test('without a file nobody is told, and verify says so', async () => {
  const alertmanager = await startAlertmanager({});
  onTestFinished(alertmanager.stop);
  expect(await found(alertmanager.url)).toEqual([
    { subject: 'ways to be told', verdict: 'not checked', reason: 'there is none: docs/guides/be-told.md' },
  ]);
});

test.each([
  ['is called otherwise', { slck: 'https://example.com' }, 'slck is no way to be told: name it deadman, discord,'],
  ['is empty', { slack: '\n# later\n' }, 'slack is empty: write what'],
  ['holds one value where more are needed', { telegram: '123:abc' }, 'telegram: one `name: value` a line'],
  ['lacks a field', { email: 'to: a@example.com\nfrom: b@example.com' }, 'email has no smarthost: write it on'],
  ['holds two values', { slack: 'https://a\nhttps://b' }, 'slack: one `name: value` a line'],
])('a file that %s is named, with the remedy, and nothing starts', async (_, files, message) => {
  const { folder, notifyDir } = await ways(files);
  onTestFinished(() => rm(folder, { recursive: true }));
  await expect(layOutAlertmanager(folder, notifyDir)).rejects.toThrow(message);
});

test('the script of the secrets makes the configuration for Docker, and makes it anew when a way comes or goes', async () => {
  const folder = folderOfTest();
  const make = async () => (await execa('sh', [path.join(root, 'services/secrets.sh')], { cwd: folder })).stdout;
  const config = () => readFile(path.join(folder, 'secrets/alertmanager_config'), 'utf8');
  expect(await make()).toContain('made secrets/alertmanager_config');
  expect(await config()).not.toContain('slack_configs');
  expect(await make()).toBe('');
  await mkdir(path.join(folder, 'secrets/notify'));
  await writeFile(path.join(folder, 'secrets/notify/slack'), 'https://hooks.example.com/x');
  expect(await make()).toBe('made secrets/alertmanager_config');
  expect(await config()).toContain("api_url: 'https://hooks.example.com/x'");
  await rm(path.join(folder, 'secrets/notify/slack'));
  await make();
  expect(await config()).not.toContain('slack_configs');
});
