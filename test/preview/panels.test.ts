// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BoardPage, browserPath, logIn, openBrowser, type Preview, seen, startPreview } from './browser.ts';
import { backgroundOf, coloursMissing, isPainted, setHidden, textColourOf } from './in-page.mjs';
import { type SamplePrometheus, startSamplePrometheus } from './sample-data.ts';

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly string[];
      readonly values?: readonly (readonly string[])[];
    }[];
  };
}

/*
 * Two boards of our own, with every panel type and every option the preview knows, in a real browser on a real Prometheus.
 */

describe.skipIf(browserPath === undefined)('the preview in a browser', () => {
  let prometheus: SamplePrometheus;
  let preview: Preview;
  let browser: Browser;
  /** One for all boards: a new one would log in and load two megabytes of script again. */
  let context: BrowserContext;

  beforeAll(async () => {
    prometheus = await startSamplePrometheus();
    preview = await startPreview(prometheus.url, 'test/preview/fixtures/boards');
    browser = await openBrowser();
    context = await browser.newContext();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await preview?.stop();
    await prometheus?.stop();
  });

  async function withBoard(path: string, look: (board: BoardPage) => Promise<void>): Promise<void> {
    const board = await BoardPage.open(context, preview, path);
    try {
      await look(board);
      expect(board.complaints).toEqual([]);
    } finally {
      await board.close();
    }
  }

  test('each panel is drawn by its type, with its names, values, units and mappings', async () => {
    await withBoard('/d/panels', async (board) => {
      const text = (title: string) => seen(board.panel(title));
      const words = async (title: string) => (await text(title)).split(/\s+/);
      expect(await words('Services')).toEqual([
        'Services',
        'litellm',
        'Up',
        'onyx',
        'Up',
        'qdrant',
        'Up',
        'redis',
        'Down',
        'suna',
        'Up',
        'supabase',
        'Up',
      ]);
      expect(await text('Disk in use')).toMatch(/\/\s.*9\d\.\d%/s);
      expect(await text('About')).toContain('Chats of All');
      await expect
        .poll(() => board.panel('About').getByRole('link', { name: 'link' }).getAttribute('href'))
        .toBe('/d/beyond');
      expect(await board.panel('Chats per second').locator('canvas').first().evaluate(isPainted)).toBe(true);
      for (const title of ['Chats by model', 'Disk with its limits', 'Services over time']) {
        expect(await board.panel(title).locator('.uplot canvas').evaluate(isPainted), title).toBe(true);
      }
      expect(await text('Chats by model')).toMatch(/Mean\s+Last \*\s+.*GPT\s+0\.\d+ req\/s/s);
    });
  });

  test('a timeline names states by their texts; where thresholds give the colours, by their bounds, as Grafana does', async () => {
    await withBoard('/d/panels', async (board) => {
      const legend = async (title: string) => {
        const items = await board
          .panel(title)
          .getByTestId(/VizLegend series/)
          .all();
        return (await Promise.all(items.map(seen))).toSorted();
      };
      // One service is missing for a while, which is what the panel says without a value.
      expect(await legend('Services over time')).toEqual(['Down', 'Unknown', 'Up']);
      expect(await legend('Services by thresholds')).toEqual(['1+', '< 1']);
    });
  });

  test('a value has the colour of its threshold, and an icon shows the description of its panel', async () => {
    await withBoard('/d/panels', async (board) => {
      const colour = (title: string, text: string | RegExp) =>
        board.panel(title).getByText(text).first().evaluate(textColourOf);
      const [green, orange, red] = ['rgb(115, 191, 105)', 'rgb(255, 152, 48)', 'rgb(242, 73, 92)'];
      expect(await colour('Disk in use', /^5\d\.\d%$/)).toBe(green);
      expect(await colour('Disk in use', /^8\d\.\d%$/)).toBe(orange);
      expect(await colour('Disk in use', /^9\d\.\d%$/)).toBe(red);
      await board.panel('Services').getByTestId('icon-info-circle').hover();
      const description = board.page.getByRole('tooltip');
      await expect.poll(() => seen(description)).toBe('Each service, up or down.');
      expect(await seen(description.locator('strong'))).toBe('up');
    });
  });

  test('values on screen are those Prometheus gives when asked directly', async () => {
    await withBoard('/d/panels?refresh=', async (board) => {
      const api = `${prometheus.url}/api/v1`;
      const asked = board.takeQueries();
      const direct = async (needle: string) => {
        const parameters = asked.find((query) => query.get('query')?.includes(needle));
        const path = parameters?.has('step') ? 'query_range' : 'query';
        const { data } = (await (await fetch(`${api}/${path}?${parameters}`)).json()) as Answer;
        return data.result.map(({ metric, value, values }) => ({
          metric,
          value: Number((value ?? values?.at(-1))?.[1]),
        }));
      };
      const [rate] = await direct('sum(rate(onyx_chat_duration_seconds_count{');
      expect(await seen(board.panel('Chats per second'))).toContain(rate?.value.toFixed(3));
      for (const { metric, value } of await direct('max by (mountpoint)')) {
        const shown = await seen(board.panel('Disk in use'));
        expect(shown, metric.mountpoint).toContain(`${(value * 100).toFixed(1)}%`);
      }
      const rates = await direct('sum by (model) (rate(onyx_chat_duration_seconds_count[');
      const durations = await direct('histogram_quantile');
      const rows = board.panel('Models').getByRole('row');
      const cells = await Promise.all((await rows.all()).map((row) => seen(row)));
      const expected = rates
        .sort((a, b) => b.value - a.value)
        .map(({ metric, value }) => {
          const duration = durations.find((other) => other.metric.model === metric.model);
          return [metric.model, value.toFixed(3), `${duration?.value.toFixed(3)} s`];
        });
      expect(cells.map((row) => row.split('\n'))).toEqual([['Model', 'Rate', 'p95'], ...expected]);
    });
  });

  test('queries look back over four scrapes, step no finer than a scrape, and start on a multiple of the step', async () => {
    await withBoard('/d/panels?from=now-15m&to=now', async (board) => {
      for (const query of board.takeQueries().filter((parameters) => parameters.has('step'))) {
        const [start, step] = [Number(query.get('start')), Number(query.get('step'))];
        expect([step, start % step]).toEqual([15, 0]);
        expect(query.get('query')).not.toMatch(/\$|\[(?!1m0s|60s|5m\])/);
      }
    });
  });

  test('an empty panel gives its own reason, a failed one the words of Prometheus, and a collapsed row asks nothing', async () => {
    const board = await BoardPage.open(context, preview, '/d/panels?refresh=');
    expect(await seen(board.panel('Empty for a reason'))).toContain('No backup has run yet');
    const isRefused = (query: URLSearchParams) => query.get('query') === 'sum by (';
    expect(board.takeQueries().filter(isRefused)).toEqual([]);
    await board.page.getByRole('button', { name: /Failures/ }).click();
    await board.panel('Refused query').waitFor();
    await board.drawn();
    expect(await seen(board.panel('Nothing at all'))).toContain('No backup has run yet');
    expect(await seen(board.panel('Refused query'))).toMatch(/The query failed: .*parse error/);
    expect(board.takeQueries().filter(isRefused)).toHaveLength(1);
    await board.close();
  });

  test('what the preview does not draw it names in the panel and above the board', async () => {
    await withBoard('/d/beyond', async (board) => {
      expect(await seen(board.panel('A heat map'))).toContain('The preview does not draw panels of type heatmap');
      expect(await seen(board.panel('An unknown option'))).toContain('option timezone, field setting custom.glow');
      expect(await seen(board.page.getByRole('alert'))).toContain('variable of type adhoc, annotation Deployments');
      expect(board.takeQueries()).toEqual([]);
    });
  });

  test('a variable narrows the queries, stays in the address and goes along to other boards with the time', async () => {
    await withBoard('/d/panels?from=now-30m&to=now', async (board) => {
      expect(await seen(board.panel('Chats by model'))).toContain('claude-sonnet');
      board.takeQueries();
      await board.page.getByRole('combobox', { name: 'Model' }).click();
      await board.page.getByRole('option', { name: 'llama-3' }).click();
      await board.page.keyboard.press('Escape');
      await expect.poll(() => seen(board.panel('Chats by model'))).not.toContain('claude-sonnet');
      await board.drawn();
      expect(await seen(board.panel('Chats by model'))).toContain('llama-3');
      expect(await seen(board.panel('About'))).toContain('Chats of llama-3');
      expect(new URL(board.page.url()).searchParams.getAll('var-model')).toEqual(['llama-3']);
      expect(board.takeQueries().some((query) => query.get('query')?.includes('model=~"llama-3"'))).toBe(true);

      await board.page.getByRole('button', { name: 'Boards' }).click();
      await board.page.getByRole('menuitem', { name: 'Beyond the preview' }).click();
      await board.panel('A heat map').waitFor();
      const { pathname, searchParams } = new URL(board.page.url());
      expect([pathname, searchParams.get('from'), searchParams.getAll('var-model')]).toEqual([
        '/d/beyond',
        'now-30m',
        ['llama-3'],
      ]);
      await board.page.goBack();
      await board.panel('Chats by model').waitFor();
    });
  });

  test('an interval follows the time range until one is chosen, in queries and in texts', async () => {
    const asked = (board: BoardPage) =>
      board.takeQueries().flatMap((query) => /last_over_time.*\[(\w+)\]/.exec(query.get('query') ?? '')?.[1] ?? []);
    for (const [chosen, window] of Object.entries({
      'from=now-15m&to=now': '5m',
      'from=now-24h&to=now': '20m',
      'from=now-15m&to=now&var-window=1m': '1m',
    })) {
      await withBoard(`/d/panels?refresh=&${chosen}`, async (board) => {
        expect(asked(board), chosen).toEqual([window]);
        await board.panel('Services by thresholds').getByTestId('icon-info-circle').hover();
        await expect.poll(() => seen(board.page.getByRole('tooltip'))).toBe(`Over ${window}.`);
      });
    }
  });

  test('several values of a variable become one regular expression', async () => {
    await withBoard('/d/panels?var-model=gpt-4o&var-model=llama-3', async (board) => {
      const legend = await seen(board.panel('Chats by model'));
      expect([legend.includes('GPT'), legend.includes('llama-3'), legend.includes('claude')]).toEqual([
        true,
        true,
        false,
      ]);
      expect(board.takeQueries().some((query) => query.get('query')?.includes('model=~"(gpt-4o|llama-3)"'))).toBe(true);
    });
  });

  test('time and refresh are those of the board where the address says nothing', async () => {
    await withBoard('/d/panels', async (board) => {
      expect(await seen(board.page.locator('header'))).toMatch(/Last 1 hour\s+10s/);
    });
  });

  test('a quick range, and a range dragged over a plot, are what is asked for next', async () => {
    await withBoard('/d/panels?refresh=', async (board) => {
      board.takeQueries();
      await board.page
        .getByRole('button', { name: /Last 1 hour|Time range selected/ })
        .first()
        .click();
      await board.page.getByText('Last 15 minutes').click();
      await expect.poll(() => new URL(board.page.url()).searchParams.get('from')).toBe('now-15m');
      await board.drawn();
      const spans = board
        .takeQueries()
        .filter((query) => query.has('step'))
        .map((query) => Number(query.get('end')) - Number(query.get('start')));
      expect(new Set(spans)).toEqual(new Set([900]));

      const plot = board.panel('Disk with its limits').locator('.u-over');
      const box = await plot.boundingBox();
      if (box === null) throw new Error('the plot is not on screen');
      await board.page.mouse.move(box.x + box.width / 4, box.y + 20);
      await board.page.mouse.down();
      await board.page.mouse.move(box.x + box.width / 2, box.y + 20, { steps: 5 });
      await board.page.mouse.up();
      await expect.poll(() => new URL(board.page.url()).searchParams.get('from')).toMatch(/^\d{13}$/);
      const { searchParams } = new URL(board.page.url());
      expect((Number(searchParams.get('to')) - Number(searchParams.get('from'))) / 1000).toBeCloseTo(225, -1);
    });
  });

  test('the pointer over a plot shows every series at that moment', async () => {
    await withBoard('/d/panels', async (board) => {
      await board.panel('Chats by model').locator('.u-over').hover();
      const tooltip = board.page.locator('#grafana-portal-container');
      await expect.poll(() => seen(tooltip)).toMatch(/\d{4}-\d\d-\d\d.*GPT\s.*req\/s.*claude-sonnet/s);
      await board.panel('Services over time').locator('.u-over').hover();
      await expect.poll(() => seen(tooltip)).toMatch(/(Up|Down)/);
    });
  });

  test('a click in the legend leaves one series, another click brings the others back', async () => {
    await withBoard('/d/panels', async (board) => {
      const panel = board.panel('Disk with its limits');
      const look = () => panel.getByTestId('data-testid VizLegend series /data').getAttribute('class');
      const click = () => panel.getByText('/backup', { exact: true }).click();
      const before = await look();
      await click();
      await expect.poll(look).not.toBe(before);
      await click();
      await expect.poll(look).toBe(before);
    });
  });

  test('a series has the colour in the plot that it has in the legend', async () => {
    await withBoard('/d/panels', async (board) => {
      const panel = board.panel('Disk with its limits');
      const icons = ['/', '/data', '/backup'].map((name) =>
        panel.getByTestId(`data-testid VizLegend series ${name}`).getByTestId('series-icon'),
      );
      const colours = await Promise.all(icons.map((icon) => icon.evaluate(backgroundOf)));
      expect(new Set(colours).size).toBe(3);
      expect(await panel.locator('.uplot canvas').evaluate(coloursMissing, colours)).toEqual([]);
    });
  });

  test('each query is asked once, and once more with each refresh', async () => {
    await withBoard('/d/panels?refresh=', async (board) => {
      const texts = () =>
        board
          .takeQueries()
          .flatMap((query) => query.get('query') ?? [])
          .sort();
      const first = texts();
      // Nine drawn panels with queries, one of them with two.
      expect(first).toHaveLength(10);
      await board.page.getByTestId('data-testid RefreshPicker run button').click();
      await expect.poll(() => board.queries.length).toBe(10);
      await board.drawn();
      expect(texts()).toEqual(first);
    });
  });

  test('the board refreshes by itself, not while its tab is hidden, and at once when it is shown again', async () => {
    await withBoard('/d/panels?refresh=1s', async (board) => {
      board.takeQueries();
      await expect.poll(() => board.queries.length).toBeGreaterThanOrEqual(20);
      await board.page.evaluate(setHidden, true);
      await board.drawn();
      board.takeQueries();
      // Three refreshes would have come.
      await board.page.waitForTimeout(3500);
      expect(board.takeQueries()).toEqual([]);
      await board.page.evaluate(setHidden, false);
      await expect.poll(() => board.queries.length, { timeout: 900, interval: 50 }).toBeGreaterThanOrEqual(10);
    });
  });

  test('nothing is shown without a login, a wrong one is refused, and after the logout the way back is closed', async () => {
    await context.clearCookies();
    const page = await context.newPage();
    await page.goto(`${preview.url}/d/panels`);
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(await seen(page.locator('aside'))).toContain('ONYX_GRAFANA_PASSWORD_FILE');
    await logIn(page, 'wrong');
    expect(await seen(page.getByRole('alert'))).toBe('User or password is wrong.');
    await logIn(page);
    await page.locator('[data-panel]').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/d/panels');
    expect(await seen(page.locator('header'))).toMatch(/Preview.*Default password/s);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(/\/login/);
    await page.goto(`${preview.url}/d/panels`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.close();
  });

  test('a session that ends while a board is open leads back to the login', async () => {
    const board = await BoardPage.open(context, preview, '/d/panels?refresh=1s');
    await context.clearCookies();
    // Each refused query leads there, and the second navigation aborts the first, which waitForURL would call a failure.
    await expect.poll(() => board.page.url()).toMatch(/\/login\?next=%2Fd%2Fpanels/);
    await board.close();
  });
});
