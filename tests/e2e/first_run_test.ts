import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../kit/eventually.ts";
import { inboxOf, ROOT } from "../kit/process.ts";
import { consoleTest, type Relay } from "./_console.ts";
import { signIn } from "./_browser.ts";

/** A name that a shell and an address take only in quotes. */
const GROUP = { owner: "运维 it's", level: "$3" };
const ID = `${GROUP.owner}/${GROUP.level}`;

async function makeGroup({ url, adminPassword }: Relay): Promise<void> {
  const path = `${encodeURIComponent(GROUP.owner)}/${encodeURIComponent(GROUP.level)}`;
  const response = await fetch(`${url}/api/config/groups/${path}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${adminPassword}` },
    body: JSON.stringify({ ...GROUP, destinations: [{ channel: "inbox" }] }),
  });
  equal(response.status, 200, await response.text());
}

/** What the page says to paste, with the token, by what it is for. */
async function linesOf(page: Page): Promise<Record<string, string>> {
  for (const summary of await page.locator(".paste details summary").all()) await summary.click();
  return Object.fromEntries(
    await Promise.all(
      ["curl", "alertmanager", "ocp", "alarm_v2"].map(async (name) =>
        [name, await page.locator(`#paste-${name}-secret`).innerText()] as const
      ),
    ),
  );
}

async function run(line: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", line], cwd: ROOT })
    .output();
  ok(
    success,
    [line, stdout, stderr].map((part) => typeof part === "string" ? part : new TextDecoder().decode(part))
      .join("\n"),
  );
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<string> {
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  ok(response.ok, `${response.status} ${text}`);
  return text;
}

/** What Alertmanager and OCP do with what is pasted into them; the rest is for a shell. */
const PASTED: Readonly<Record<string, (text: string) => Promise<void>>> = {
  curl: run,
  alarm_v2: run,
  async alertmanager(text): Promise<void> {
    const [, url] = /^ +- url: (\S+)$/m.exec(text)!;
    const [, token] = /^ +credentials: (\S+)$/m.exec(text)!;
    const alerts = [{ status: "firing", labels: { alertname: "FromAlertmanager" } }];
    await post(url!, { authorization: `Bearer ${token}` }, JSON.stringify({ alerts }));
  },
  async ocp(text): Promise<void> {
    const [first, headers, body, answer] = text.split("\n\n");
    const own = Object.fromEntries(headers!.split("\n").map((line) => line.split(/:(.*)/).slice(0, 2)));
    const said = await post(first!.replace("POST ", ""), own, body!.replaceAll(/\$\{(\w+)\}/g, "$1"));
    ok(said.includes(answer!.slice(1, -1)), `${said} has no ${answer}`);
  },
};

consoleTest("each line that is pasted tells the group that was made", async (page, relay) => {
  await makeGroup(relay);
  await signIn(page, relay, "/");
  const lines = await linesOf(page);
  let count = 0;
  for (const [name, text] of Object.entries(lines)) {
    await PASTED[name]!(text);
    count++;
    const messages = await eventually(`the message of ${name}`, async () => {
      const messages = await inboxOf(relay);
      return messages.length === count && messages;
    });
    equal(messages.map(({ group }) => group), Array(count).fill(ID), `${name}: ${text}`);
  }
  await page.goto(relay.url);
  equal(await page.locator(".steps").count(), 0, "all is done: it greets no more");
  match(await page.locator("#needs").innerText(), /FromAlertmanager/);
});
