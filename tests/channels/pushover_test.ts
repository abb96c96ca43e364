import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import pushover from "../../channels/pushover.ts";
import type { Message, Verdict } from "../../relay/channel.ts";
import { testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, link, message, NOW } from "./_message.ts";
import { answer } from "./_send.ts";
import { testCache } from "./_talk.ts";

const LI_LEI = { id: "li.lei", pushover: "uLiLei" };
const EMERGENCY = { emergency: "critical" };
const ACCEPTED = { status: 200, text: '{"status":1,"request":"x"}' };

interface Sent {
  readonly path: string;
  readonly json: Record<string, unknown>;
}

/** The requests that bring a message, each answered like this. */
async function talk(
  own: Partial<Message>,
  { config = {}, answers = [] }: { config?: object; answers?: { status: number; text?: string }[] } = {},
): Promise<{ sent: Sent[]; verdict: Verdict }> {
  const sent: Sent[] = [];
  const text = message({ recipients: [LI_LEI], ...own });
  const verdict = await pushover.send!(pushover.config.parse({ token: "app", ...config }), text, {
    now: NOW,
    cache: testCache(() => NOW),
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch: ({ url, json }) => {
      const { status, text = "" } = answers[sent.length] ?? ACCEPTED;
      sent.push({ path: url.slice("https://api.pushover.net".length), json: json as Sent["json"] });
      return Promise.resolve(answer(text, { status }));
    },
  });
  return { sent, verdict };
}

testFixtures(pushover, { recipients: [LI_LEI] });

Deno.test("a message has its title apart, and a link", async () => {
  const { sent, verdict } = await talk({
    title: "🔴node-3 DiskFull",
    links: [link("https://x.example.com/", "图")],
  });
  equal(verdict, { kind: "delivered", because: "ok" });
  equal(sent, [{
    path: "/1/messages.json",
    json: {
      token: "app",
      user: "uLiLei",
      title: "🔴node-3 DiskFull",
      message: "firing: node-3 is 97 % full",
      priority: 1,
      url: "https://x.example.com/",
      url_title: "图",
    },
  }]);
});

Deno.test("where the relay has a public address, the link acknowledges", async () => {
  const linked = async (actions: NonNullable<Message["actions"]>): Promise<unknown[]> => {
    const { sent: [first] } = await talk({ actions, links: [link("https://x.example.com/")] });
    return [first!.json.url, first!.json.url_title];
  };
  const open = "https://fenghuo.example.com/l/o";
  equal(await linked({ open, acknowledge: "https://fenghuo.example.com/l/a" }), [
    "https://fenghuo.example.com/l/a",
    "确认",
  ]);
  equal(await linked({ open }), [open, "查看"]);
});

Deno.test("the severity decides how it sounds", async (t) => {
  const table: [own: Partial<Message>, config: object, priority: number][] = [
    [{}, {}, 1],
    [{}, EMERGENCY, 2],
    [{ plain: true }, EMERGENCY, 1],
    [{ severity: "error" }, EMERGENCY, 0],
    [{ severity: "warning" }, {}, 0],
    [{ severity: "info" }, {}, -1],
    [{ status: "resolved" }, EMERGENCY, -1],
  ];
  for (const [own, config, priority] of table) {
    await t.step(`${JSON.stringify(own)} ${JSON.stringify(config)}`, async () => {
      const { sent: [first] } = await talk(own, { config });
      equal([first!.json.priority, first!.json.retry, first!.json.expire], [
        priority,
        ...priority === 2 ? [60, 3_600] : [undefined, undefined],
      ]);
    });
  }
});

Deno.test("an emergency ends when the alert is resolved, and when somebody acknowledges it", async (t) => {
  const earlier = { ringing: "r/1" };
  const cancel = { path: "/1/receipts/r%2F1/cancel.json", json: { token: "app" } };
  const acknowledged = { reason: "acknowledged", by: "李雷" } as const;
  await t.step("resolved", async () => {
    const { sent, verdict } = await talk({ earlier, status: "resolved" });
    equal([sent.length, sent[0], sent[1]!.path, verdict.kind], [2, cancel, "/1/messages.json", "delivered"]);
  });
  await t.step("acknowledged", async () => {
    const { sent, verdict } = await talk({ earlier, ...acknowledged });
    equal([sent, verdict.kind], [[cancel], "delivered"]);
  });
  await t.step("it has ended by itself", async () => {
    const answers = [{ status: 400, text: '{"status":0,"errors":["receipt not found"]}' }];
    equal((await talk({ earlier, ...acknowledged }, { answers })).verdict.kind, "delivered");
    equal((await talk({ earlier, status: "resolved" }, { answers })).sent.length, 2);
  });
  await t.step("Pushover fails: nothing is sent before it has ended", async () => {
    const { sent, verdict } = await talk({ earlier, status: "resolved" }, { answers: [{ status: 503 }] });
    equal([sent.length, verdict.kind], [1, "retry"]);
  });
  await t.step("nothing rings", async () => {
    const { sent, verdict } = await talk(acknowledged);
    equal([sent, verdict.kind], [[], "skipped"]);
  });
});

Deno.test("hostile messages have a title and a text", async (t) => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const { sent: [first] } = await talk({ title: text, body: text, links: [link("https://x/", text)] });
      ok(String(first!.json.title).trim() !== "" && String(first!.json.message).trim() !== "");
    });
  }
});

Deno.test("each member has a message; one with a wrong key costs the other nothing", async () => {
  const requests: Sent[] = [];
  await using house = await testRelay({
    yaml: `
members:
  - { id: li.lei, pushover: uLiLei }
  - { id: han.mei, pushover: uWrong }
  - { id: ghost }
groups:
  - owner: default
    level: default
    members: [li.lei, han.mei, ghost]
    destinations: [{ channel: pushover, config: { token: app, emergency: critical } }]`,
    fetch: (address, init) => {
      const json = JSON.parse(String(init!.body));
      requests.push({ path: new URL(String(address)).pathname, json });
      if (json.user === "uWrong") {
        const body = { status: 0, user: "invalid", errors: ["user identifier is not a valid user"] };
        return Promise.resolve(Response.json(body, { status: 400 }));
      }
      return Promise.resolve(Response.json({ status: 1, receipt: "r1", request: "x" }));
    },
  });
  const alert = { labels: { severity: "critical", instance: "db-1" } };
  await house.fire(alert);
  const [delivery] = await house.deliveries();
  equal(delivery!.state, "delivered");
  match(JSON.stringify(delivery), /user identifier is not a valid user/);
  await house.fire({ ...alert, status: "resolved" });
  equal(requests.map(({ path, json }) => `${path} ${json.user ?? ""} ${json.priority ?? ""}`), [
    "/1/messages.json uLiLei 2",
    "/1/messages.json uWrong 2",
    "/1/receipts/r1/cancel.json  ",
    "/1/messages.json uLiLei -1",
    "/1/messages.json uWrong -1",
  ]);
});
