import { z } from 'zod';

const vector = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
const names = z.object({ data: z.array(z.string()) });
const groups = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
      }),
    ),
  }),
});
const metadata = z.object({ data: z.record(z.string(), z.array(z.object({ type: z.string() }))) });

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a test asks a running Prometheus. Paths that are not answered with 200 reject. */
export class PrometheusApi {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/api/v1`;
  }

  /** An instant query's vector. */
  async query(expression: string): Promise<Sample[]> {
    const { data } = vector.parse(await this.#get('query', { query: expression }));
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The value of an expression that has one series, or NaN when it has none. */
  async scalar(expression: string): Promise<number> {
    const [sample] = await this.query(expression);
    return sample?.value ?? Number.NaN;
  }

  /** Every value that any series has for a label, and every label there is. */
  async labels(): Promise<Map<string, string[]>> {
    const { data: all } = names.parse(await this.#get('labels'));
    const values = await Promise.all(
      all.map(async (name) => names.parse(await this.#get(`label/${encodeURIComponent(name)}/values`)).data),
    );
    return new Map(all.map((name, index) => [name, values[index] ?? []]));
  }

  /** Values of a label, of the series that a selector selects. */
  async values(label: string, selector: string): Promise<string[]> {
    return names.parse(await this.#get(`label/${label}/values`, { 'match[]': selector })).data;
  }

  /** Every rule and alert it evaluates, as of the last evaluation. */
  async rules() {
    const { data } = groups.parse(await this.#get('rules'));
    return data.groups.flatMap(({ rules }) => rules);
  }

  /** The types that targets declare for a metric. */
  async types(metric: string): Promise<string[]> {
    const { data } = metadata.parse(await this.#get('metadata', { metric }));
    return [...new Set((data[metric] ?? []).map(({ type }) => type))];
  }

  async #get(path: string, parameters: Record<string, string> = {}): Promise<unknown> {
    const answer = await fetch(`${this.#url}/${path}?${new URLSearchParams(parameters)}`);
    if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} to ${path}: ${await answer.text()}`);
    return answer.json();
  }
}
