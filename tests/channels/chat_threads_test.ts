/** An incident in a chat, from the door to the members' view of the chat: its message changes in place. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSlack } from "../../simulator/slack.ts";
import { startTelegram } from "../../simulator/telegram.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { minutes } from "../kit/duty.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";

/** A message in the members' view of a chat. */
interface Shown {
  readonly text: string;
  readonly edits: number;
  /** The number of the message that it answers. */
  readonly replyTo: number | undefined;
  readonly colour?: string | undefined;
  /** Whether it notifies a person. */
  readonly isLoud: boolean;
}

/** A chat with a relay before it. */
interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  shown(): Shown[];
  /** A member deletes the first message. */
  removeFirst(): void;
}

/** The default group with one destination. */
function yaml(channel: string, config: object): string {
  const members = [{ id: "han.mei", name: "韩梅梅" }];
  const group = {
    owner: "default",
    level: "default",
    members: ["han.mei"],
    destinations: [{ channel, config }],
    escalate: [{ after: "40m", to: "default/lead" }],
  };
  const lead = { owner: "default", level: "lead", destinations: [{ channel: "inbox" }] };
  return JSON.stringify({ members, groups: [group, lead] });
}

const SCENES: Record<string, () => Promise<Scene>> = {
  slack: async () => {
    const clock = new TestClock();
    const slack = await startSlack({
      token: "xoxb-1",
      channels: [{ id: "C0000001" }],
      now: () => clock.now(),
    });
    const house = await testRelay({
      clock,
      yaml: yaml("slack", { token: "xoxb-1", channel: "C0000001", base: slack.url }),
    });
    return {
      house,
      shown: () =>
        slack.messages.map(({ head, body, edits, thread, colour, isBroadcast }) => ({
          text: `${head}\n${body}`,
          edits,
          replyTo: thread === undefined ? undefined : slack.messages.findIndex(({ ts }) => ts === thread),
          colour,
          isLoud: thread === undefined || isBroadcast,
        })),
      removeFirst: () => slack.remove(slack.messages[0]!.ts),
      [Symbol.asyncDispose]: async () => {
        await house[Symbol.asyncDispose]();
        await slack.close();
      },
    };
  },
  telegram: async () => {
    const clock = new TestClock();
    const telegram = await startTelegram({ token: "1:a", chats: [{ id: -1001 }], now: () => clock.now() });
    const house = await testRelay({
      clock,
      yaml: yaml("telegram", { token: "1:a", chat: "-1001", base: telegram.url }),
    });
    return {
      house,
      shown: () =>
        telegram.messages.map(({ text, edits, replyTo, isSilent }) => ({
          text,
          edits,
          replyTo: replyTo === undefined
            ? undefined
            : telegram.messages.findIndex(({ id }) => id === replyTo),
          isLoud: !isSilent,
        })),
      removeFirst: () => telegram.remove(telegram.messages[0]!.id),
      [Symbol.asyncDispose]: async () => {
        await house[Symbol.asyncDispose]();
        await telegram.close();
      },
    };
  },
};

const ALERT = { labels: { alertname: "DiskFull", instance: "node-3", severity: "critical" } };

/** A minute later, so that the vendor's rates are kept. */
async function later(house: TestRelay): Promise<void> {
  await house.advance(61_000);
}

/** A person acts on the newest incident. */
async function act(house: TestRelay, what: string, body: object): Promise<void> {
  const { body: { incidents } } = await api(house, "GET", "incidents?state=all");
  const answer = await api(house, "POST", `incidents/${incidents[0].id}/${what}`, { body });
  equal(answer.status, 200, JSON.stringify(answer.body));
  await house.settle();
}

async function acknowledge(house: TestRelay): Promise<void> {
  const { body } = await api(house, "GET", "incidents");
  const answer = await api(house, "POST", `incidents/${body.incidents[0].id}/ack`, { body: { by: "李雷" } });
  equal(answer.status, 200);
  await house.settle();
}

for (const [name, start] of Object.entries(SCENES)) {
  Deno.test(`${name}: one message changes from firing through acknowledged to resolved`, async () => {
    await using scene = await start();
    const { house, shown } = scene;
    await house.fire(ALERT);
    const [firing] = shown();
    match(firing!.text, /🔴.*node-3.*DiskFull/);
    ok(firing!.isLoud);

    await later(house);
    await acknowledge(house);
    const [acknowledged, ...others] = shown();
    match(acknowledged!.text, /李雷 已确认/);
    match(acknowledged!.text, /DiskFull/);
    equal([acknowledged!.edits, others.length], [1, 0]);

    await later(house);
    await house.fire({ ...ALERT, status: "resolved" });
    const [resolved, ...more] = shown();
    match(resolved!.text, /🟢|✅/);
    equal([resolved!.edits, more.length], [2, 0]);
    if (firing!.colour !== undefined) equal([firing!.colour, resolved!.colour], ["#d32f2f", "#388e3c"]);
  });

  Deno.test(`${name}: what fires again after it was resolved is a message of its own`, async () => {
    await using scene = await start();
    const { house, shown } = scene;
    await house.fire(ALERT);
    await later(house);
    await house.fire({ ...ALERT, status: "resolved" });
    await later(house);
    await house.fire(ALERT);
    equal(shown().map(({ edits, replyTo }) => [edits, replyTo]), [[1, undefined], [0, undefined]]);
  });

  Deno.test(`${name}: a repeat rings, as a reply, and the end still changes the first message`, async () => {
    await using scene = await start();
    const { house, shown } = scene;
    await house.fire(ALERT);
    await house.advance(10 * 60_000);
    await house.fire({ ...ALERT, startsAt: new Date(house.clock.now()).toISOString() });
    equal(shown().map(({ edits, replyTo, isLoud }) => [edits, replyTo, isLoud]), [
      [0, undefined, true],
      [0, 0, true],
    ]);
    await later(house);
    await house.fire({ ...ALERT, status: "resolved" });
    equal(shown().map(({ edits }) => edits), [1, 0]);
  });

  Deno.test(`${name}: when a member has deleted the message, its end is a new one`, async () => {
    await using scene = await start();
    const { house, shown, removeFirst } = scene;
    await house.fire(ALERT);
    removeFirst();
    await later(house);
    await house.fire({ ...ALERT, status: "resolved" });
    await house.advance(10_000);
    const [end, ...others] = shown();
    match(end!.text, /DiskFull/);
    equal([end!.edits, others.length], [0, 0]);
    const [delivery] = await house.deliveries(1);
    equal(delivery!.state, "delivered");
  });
}

for (const [name, start] of Object.entries(SCENES)) {
  Deno.test(`${name}: the message says who has it, that it expired, why it was closed, and what is reopened is a new one`, async () => {
    await using scene = await start();
    const { house, shown } = scene;
    await house.fire(ALERT);
    const steps: [what: string, body: object, text: RegExp][] = [
      ["take", { by: "李雷", for: "30m" }, /李雷 已接手（\d\d:\d\d 起，至 \d\d:\d\d）/],
      [
        "assign",
        { by: "李雷", to: "han.mei", text: "你的库" },
        /李雷 已指派给 韩梅梅（\d\d:\d\d 起）：你的库/,
      ],
      ["ack", { by: "韩梅梅", for: "30m" }, /韩梅梅 已接手（\d\d:\d\d 起，至 \d\d:\d\d）/],
    ];
    for (const [edits, [what, body, text]] of steps.entries()) {
      await later(house);
      await act(house, what, body);
      const [message, ...others] = shown();
      match(message!.text, text);
      equal([message!.edits, others.length], [edits + 1, 0], what);
    }

    await minutes(house, 31); // the acknowledgement expires
    const [first, reply, ...others] = shown();
    match(first!.text, /确认已到期，当前无人处理/);
    match(reply!.text, /韩梅梅 的确认已到期，当前无人处理/);
    equal([reply!.replyTo, reply!.isLoud, others.length], [0, true, 0]);

    await later(house);
    await act(house, "close", { by: "韩梅梅", text: "换了磁盘" });
    match(shown()[0]!.text, /✅[\s\S]*韩梅梅 已关闭（\d\d:\d\d）：换了磁盘/);
    await later(house);
    await act(house, "reopen", { by: "李雷", text: "又满了" });
    const reopened = shown().at(-1)!;
    match(reopened.text, /🔴[\s\S]*李雷 已重新打开（\d\d:\d\d）：又满了/);
    equal([reopened.replyTo, reopened.isLoud, reopened.edits], [undefined, true, 0]);

    await later(house);
    await act(house, "take", { by: "李雷" });
    await later(house);
    await house.fire({ ...ALERT, status: "resolved" });
    match(shown().at(-1)!.text, /✅[\s\S]*由 李雷 处理（\d\d:\d\d 起）/);
    equal(shown().length, 3);
  });
}

for (const [name, start] of Object.entries(SCENES)) {
  Deno.test(`${name}: the message says whom it was escalated to, and rings nobody with that`, async () => {
    await using scene = await start();
    const { house, shown } = scene;
    await house.fire(ALERT);
    await minutes(house, 41);
    const [message, ...others] = shown();
    match(message!.text, /⏫[\s\S]*已升级给 default\/lead（\d\d:\d\d）/);
    equal([message!.edits, others.length], [1, 0]);
    await act(house, "take", { by: "李雷" });
    await later(house);
    match(shown()[0]!.text, /李雷 已接手/);
  });
}
