import { SECRETS, type TestRelay } from "./relay.ts";

/** The values of a scrape of `/metrics`: `name{label="value"}` → value. */
export async function scrape(house: TestRelay): Promise<{ text: string; values: Map<string, number> }> {
  const response = await house.request("/metrics", {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`Cannot scrape /metrics: ${response.status} ${text}`);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const values = new Map(lines.map((line) => {
    const [, series, value] = /^(.*) (\S+)$/.exec(line)!;
    return [series!, Number(value)];
  }));
  return { text, values };
}
