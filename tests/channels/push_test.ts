/** The notifications of ntfy and Gotify. */
import assert from "node:assert/strict";
import gotify from "../../channels/gotify.ts";
import ntfy from "../../channels/ntfy.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, link, message } from "./_message.ts";
import { requestOf } from "./_send.ts";

testFixtures(gotify);
testFixtures(ntfy);

const LINK = link("https://prom.example.com/graph?a=1&b=2", "图表");
const ACTIONS = {
  open: "https://fenghuo.example.com/go/1",
  acknowledge: "https://fenghuo.example.com/go/1/ack",
};
const RESOLVED = { status: "resolved", reason: "resolved" } as const;

Deno.test("Gotify: markdown, the severity as a priority, and a tap that opens the first link", async () => {
  const text = message({ title: "🔴node-3 DiskFull", body: "**97 %**", links: [LINK] });
  const config = { base: "https://push.example.com/sub//", token: "A0/+=&%23 cd" };
  assert.deepEqual(await requestOf(gotify, config, text), {
    url: "https://push.example.com/sub/message",
    headers: { "x-gotify-key": "A0/+=&%23 cd" },
    json: {
      title: "🔴node-3 DiskFull",
      message: "**97 %**",
      priority: 10,
      extras: {
        "client::display": { contentType: "text/markdown" },
        "client::notification": { click: { url: LINK.url } },
      },
    },
  });
});

Deno.test("Gotify: what is over has a low priority, and without links there is no tap", async () => {
  const config = { base: "https://push.example.com", token: "t" };
  const { json } = await requestOf(gotify, config, message({ ...RESOLVED, plain: true }));
  assert.deepEqual(json, {
    title: "DiskFull",
    message: "firing: node-3 is 97 % full",
    priority: 2,
    extras: { "client::display": { contentType: "text/markdown" } },
  });
});

Deno.test("ntfy: plain text, the severity as a priority, and the actions as buttons", async () => {
  const text = message({ title: "🔴node-3 DiskFull", links: [LINK], actions: ACTIONS });
  assert.deepEqual(await requestOf(ntfy, { topic: "alerts", token: "tk_a+/=" }, text), {
    url: "https://ntfy.sh",
    headers: { authorization: "Bearer tk_a+/=" },
    json: {
      topic: "alerts",
      title: "🔴node-3 DiskFull",
      message: "firing: node-3 is 97 % full",
      priority: 5,
      click: ACTIONS.open,
      actions: [
        { action: "view", label: "确认", url: ACTIONS.acknowledge },
        { action: "view", label: "查看", url: ACTIONS.open },
      ],
      sequence_id: "3f524cdc07a11d7c6220bdb049fe8dd4",
    },
  });
});

Deno.test("ntfy: a button acts at once by posting its link, unless the config wants a page", async () => {
  const url = "https://alerts.example.com/l/a";
  const codes = { acknowledge: "a.1", take: "t.1", snooze: "s.1" };
  const text = message({ actions: { open: "https://alerts.example.com/l/o", acknowledge: url, codes } });
  const actionsOf = async (config: object): Promise<unknown[]> =>
    ((await requestOf(ntfy, { topic: "t", ...config }, text)).json as { actions: unknown[] }).actions;
  const open = { action: "view", label: "查看", url: "https://alerts.example.com/l/o" };
  assert.deepEqual(await actionsOf({}), [
    { action: "http", label: "确认", url, method: "POST", clear: true },
    open,
  ]);
  assert.deepEqual(await actionsOf({ act: false }), [{ action: "view", label: "确认", url }, open]);
});

Deno.test("ntfy: the messages of a thread replace each other, but a digest replaces nothing", async () => {
  const idOf = async (own: Parameters<typeof message>[0], config = {}): Promise<unknown> =>
    ((await requestOf(ntfy, { topic: "t", ...config }, message(own))).json as { sequence_id?: string })
      .sequence_id;
  const first = await idOf({});
  assert.match(String(first), /^[\w-]{1,64}$/); // what ntfy takes
  assert.equal(await idOf(RESOLVED), first);
  assert.notEqual(await idOf({ thread: "another" }), first);
  assert.equal(await idOf({ digest: { alerts: 2, incidents: 2 } }), undefined);
  assert.equal(await idOf({}, { replace: false }), undefined);
});

Deno.test("both show hostile values as they are", async () => {
  for (const [name, body] of Object.entries(HOSTILE)) {
    const plain = await requestOf(ntfy, { topic: "t" }, message({ body }));
    assert.equal((plain.json as { message: string }).message, body, name);
  }
});

Deno.test("ntfy: a used-up day ends at midnight UTC", () => {
  const response = {
    status: 429,
    headers: new Headers(),
    text: "",
    json: { code: 42908, error: "limit reached: daily message quota reached" },
  };
  const now = Date.UTC(2026, 10, 30, 22, 30);
  const verdict = ntfy.verdict!(response, { now });
  assert.equal(verdict?.kind === "throttled" && verdict.waitMs, 90 * 60_000);
});
