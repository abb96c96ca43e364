import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../kit/eventually.ts";
import { inboxOf, ROOT } from "../kit/process.ts";
import { consoleTest, fire, type Relay } from "./_console.ts";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { expectAccessible, signIn } from "./_browser.ts";

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

/** The snippets of the page, with the token, by their purpose. */
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

/** The use of the snippets pasted into Alertmanager and OCP; the others are for a shell. */
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

for (const javaScriptEnabled of [true, false]) {
  consoleTest(
    `from the first page to a delivered alert, a wrong token first, ${
      javaScriptEnabled ? "with" : "without"
    } JavaScript`,
    async (page, relay) => {
      await using dingtalk = await startDingTalk({ robots: [{ token: "T+/1", secret: "SECx" }] });
      const address = (token: string): string =>
        `${dingtalk.url}/robot/send?access_token=${encodeURIComponent(token)}`;
      // axe-core is a script itself.
      const look = javaScriptEnabled ? expectAccessible : (): Promise<void> => Promise.resolve();
      await signIn(page, relay, "/");
      equal(await page.locator(".steps li.open").count(), 2);
      await page.click(".steps a.primary");
      await look(page);
      await page.fill("#address", "T+/1");
      await page.click(".paste-address button");
      match(await page.locator("#address-error").innerText(), /No address found/);
      await page.fill("#address", address("wr0ng-one"));
      await page.click(".paste-address button");
      match(await page.locator(".recognised").innerText(), /Recognised[^]*DingTalk robot/);
      await page.click("button.primary[value=test]");
      match(
        await page.locator(".outcome").innerText(),
        /refused[^]*token does not exist[^]*Copy what follows access_token=/,
      );
      await look(page);
      ok(!(await page.content()).includes("wr0ng-one"), "the token stands on the page");
      // The whole address again, in the token's field.
      await page.fill("[name='value.config.token']", address("T+/1"));
      await page.click("button.primary[value=test]");
      match(await page.locator(".outcome").innerText(), /signing secret is missing/);
      await page.fill("[name='value.config.secret']", "SECx");

      await page.click("button.primary[value=test]");
      match(await page.locator(".outcome").innerText(), /confirmed the test message/);
      equal(dingtalk.robot("T+/1").messages.length, 1);
      await look(page);

      await page.goto(relay.url);
      await page.click("text=Resume setup");
      await page.waitForURL(`${relay.url}/setup/group`);
      await look(page);
      await page.click("form.card button.primary");
      await page.waitForURL(`${relay.url}/setup/alerts`);
      await look(page);
      await page.click("button[value=finish]");
      match(await page.locator("main").innerText(), /Ready[^]*default\/default[^]*DingTalk robot/);
      await look(page);

      const lines = await linesOf(page);
      await run(lines.curl!);
      await eventually("the alert", () => dingtalk.robot("T+/1").messages.length === 2);
      await page.goto(relay.url);
      equal(await page.locator(".steps").count(), 0);
    },
    { javaScriptEnabled },
  );
}

consoleTest(
  "a rule is made of a recent alert's labels, and counted while one chooses",
  async (page, relay) => {
    await using dingtalk = await startDingTalk({ robots: [{ token: "T" }] });
    await fire(relay, { alertname: "HighCPU", team: "dba", cluster: "prod" });
    await fire(relay, { alertname: "PodCrash", team: "web", cluster: "prod" });
    await signIn(page, relay, "/setup/channel");
    await page.fill("#address", `${dingtalk.url}/robot/send?access_token=T`);
    await page.keyboard.press("Enter");
    await page.click("button.primary[value=test]");
    await page.click("button.primary[value=next]");
    await page.check('[value="own"]');
    await page.fill("[name=owner]", "dba");
    await page.click("form.card button.primary");
    await page.selectOption("#alert", { index: 1 });
    await page.waitForSelector('.labels code:has-text("HighCPU")');
    await page.waitForSelector("text=/1 of the 2 most recent alerts/");
    await page.uncheck('input[value="team"]');
    await page.waitForSelector("text=Choose at least one label");
    await page.check('input[value="cluster"]');
    await page.waitForSelector("text=/2 of the 2 most recent alerts/");
    await expectAccessible(page);
    await page.click("button[value=finish]");
    match(await page.locator("main").innerText(), /dba\/default[^]*cluster="prod"/);
    await fire(relay, { alertname: "DiskFull", cluster: "prod" });
    await eventually("the alert", () => dingtalk.robot("T").messages.length === 2);
  },
);
