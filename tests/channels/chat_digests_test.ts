/**
 * A digest in a chat, from the door to the members' view of the chat: it changes in place for updates that need not
 * notify.
 */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startFeishuApp } from "../../simulator/feishu_app.ts";
import { startSlack } from "../../simulator/slack.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { addsUp } from "../kit/ledger.ts";
import { type TestAlert, type TestRelay, testRelay } from "../kit/relay.ts";

/** A chat with a relay in front of it. `shown`: the current text of each message, and the number of its edits. */
interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  shown(): { text: string; edits: number }[];
  removeFirst(): void;
}

const yaml = (channel: string, config: object): string =>
  JSON.stringify({
    groups: [{ owner: "default", level: "default", destinations: [{ channel, config }] }],
  });

const APP = { appId: "cli_1", appSecret: "secret" };

const SCENES: Record<string, () => Promise<Scene>> = {
  slack: async () => {
    const clock = new TestClock();
    const options = { token: "xoxb-1", channels: [{ id: "C0000001" }], now: () => clock.now() };
    const slack = await startSlack(options);
    const config = { token: "xoxb-1", channel: "C0000001", base: slack.url };
    const house = await testRelay({ clock, yaml: yaml("slack", config) });
    return {
      house,
      shown: () => slack.messages.map(({ head, body, edits }) => ({ text: `${head}\n${body}`, edits })),
      removeFirst: () => slack.remove(slack.messages[0]!.ts),
      async [Symbol.asyncDispose](): Promise<void> {
        await house[Symbol.asyncDispose]();
        await slack[Symbol.asyncDispose]();
      },
    };
  },
  feishu_app: async () => {
    const clock = new TestClock();
    const feishu = await startFeishuApp({ app: APP, chats: [{ id: "oc_1" }], now: () => clock.now() });
    const house = await testRelay({
      clock,
      yaml: yaml("feishu_app", { ...APP, chat: "oc_1", base: feishu.url }),
    });
    return {
      house,
      shown: () =>
        feishu.messages.map(({ content, history }) => ({
          text: JSON.stringify(content).replaceAll("\\n", "\n"),
          edits: history.length,
        })),
      removeFirst: () => void ((feishu.messages[0] as { isRecalled: boolean }).isRecalled = true),
      async [Symbol.asyncDispose](): Promise<void> {
        await house[Symbol.asyncDispose]();
        await feishu[Symbol.asyncDispose]();
      },
    };
  },
};

const NAMES = Array.from({ length: 30 }, (_, index) => `db-${index}`);

const firing = (instance: string): TestAlert => ({ labels: { instance } });
const resolved = (instance: string): TestAlert => ({ labels: { instance }, status: "resolved" });

async function acknowledge(house: TestRelay, some: number): Promise<void> {
  const open = await house.relay.store.incidents.newest("open", 100);
  const ids = open.slice(0, some).map(({ id }) => id);
  const answer = await api(house, "POST", "incidents/act", {
    body: { action: "acknowledge", ids, by: "李雷" },
  });
  equal(answer.status, 200, JSON.stringify(answer.body));
}

for (const [name, scene] of Object.entries(SCENES)) {
  Deno.test(`${name}: a digest shows who has its incidents and how they ended, without a new message`, async () => {
    await using s = await scene();
    const { house } = s;
    await house.fire(...NAMES.map(firing));
    await acknowledge(house, 12);
    await house.advance(2_000);
    const [taken, ...others] = s.shown();
    equal(others, []);
    ok(taken!.edits > 0);
    match(taken!.text, /🟡Test ×18\b.*警告/);
    match(taken!.text, /👀Test ×12\b.*李雷 已确认/);
    await house.fire(...NAMES.slice(0, 20).map(resolved));
    await house.advance(2_000);
    const [over, ...more] = s.shown();
    equal(more, []);
    match(over!.text, /告警中 10 · 已恢复 20/);
    match(over!.text, /👀Test ×10\b.*李雷 已确认/);
    match(over!.text, /✅Test ×20\b/);
    ok(await addsUp(house));
  });

  Deno.test(`${name}: a digest that a member has deleted is no place for what comes later`, async () => {
    await using s = await scene();
    const { house } = s;
    await house.fire(...NAMES.map(firing));
    s.removeFirst();
    await house.fire(...NAMES.map(resolved));
    await house.advance(5_000);
    match(s.shown().at(-1)!.text, /已恢复\s+合并了 30 条告警/);
    const states = new Set((await house.deliveries()).map(({ state }) => state));
    equal([...states], ["delivered"]);
    ok(await addsUp(house));
  });
}
