import { type Figure, type Outcome, quantile, type Stage } from "../figure.ts";
import { PASSWORD } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

/** What every page must keep to, in milliseconds. */
const MOST = 100;

/** What is asked of the log, by what it is in the table. */
const QUERIES = {
  plain: "",
  resolved: "status=resolved",
  "nothing critical": "severity=critical",
  "no such group": "group=no/such",
  "a rare word": "q=node-0000000042",
  "an absent word": "q=no-such-word",
  "two words": "q=nvme0n1p1+node-000005",
  "told, in a period": "told=true&from=6h&to=3h",
} as const;

/** How long the log's page takes when many alerts are stored: from the request to the last byte of the answer. */
export const pages: Figure = {
  name: "pages",
  title: "p95 of /alerts with 200,000 stored, ms",
  floor: "–",
  unit: "ms",
  async measure({ programs, quick, say }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const yaml = toWebhook(sink.url);
    const alerts = quick ? 20_000 : 200_000;
    const folder = await programs.folder();
    await programs.run("fill", { folder, yaml, alerts });
    await programs.run("pack", { folder });
    const { url } = await programs.relay(yaml, { folder });
    const rounds = quick ? 20 : 60;
    const broken: string[] = [];
    const notes: string[] = [];
    const deep = await cursorAfter(url, 20);
    for (const [name, query] of [...Object.entries(QUERIES), ["deep", `cursor=${deep}`]]) {
      const times: number[] = [];
      await timeOf(`${url}/alerts?${query}`); // the template is compiled
      for (let round = 0; round < rounds; round++) times.push(await timeOf(`${url}/alerts?${query}`));
      const p95 = quantile(times, 0.95);
      notes.push(`${name} ${Math.round(p95)}`);
      if (!(p95 <= MOST)) broken.push(`${name}: ${Math.round(p95)} ms`);
    }
    say(notes.join(", "));
    return { kind: "promises", broken, note: notes.join(", ") };
  },
};

const headers = { authorization: `Bearer ${PASSWORD}`, accept: "text/html" };

/** Milliseconds until an address has answered. */
async function timeOf(url: string): Promise<number> {
  const began = performance.now();
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`Cannot measure: ${url} answered ${response.status}`);
  return performance.now() - began;
}

/** A place deep in the log, so many thousand alerts down. */
async function cursorAfter(url: string, thousands: number): Promise<string> {
  let cursor = "";
  for (let page = 0; page < thousands; page++) {
    const response = await fetch(`${url}/api/alerts?limit=1000&cursor=${cursor}`, { headers });
    const { next } = await response.json();
    if (next === null) break;
    cursor = next;
  }
  return cursor;
}
