/** Buttons of cards, from the vendor's call to the members' view of the chat: Feishu, DingTalk and WeCom. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { cardCall } from "../../channels/_dingtalk/card_callback.ts";
import { feishuCall, pressed as pressedInFeishu } from "../../channels/_feishu/callback.ts";
import { keysOf, pressed as pressedInWeCom, wecomCall } from "../../channels/_wecom/callback.ts";
import { decrypted, elementIn } from "../../channels/_wecom/callback_crypto.ts";
import type { CallbackParts } from "../../relay/channel.ts";
import { startDingTalkEnterprise } from "../../simulator/dingtalk_enterprise.ts";
import { startFeishuApp } from "../../simulator/feishu_app.ts";
import { startWeComEnterprise } from "../../simulator/wecom_enterprise.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";

const MINUTE = 60_000;
const PUBLIC_URL = "https://alerts.example.com";

/** A vendor with one destination, and the relay before it. */
interface World extends AsyncDisposable {
  readonly house: TestRelay;
  /** The data of the button that takes the incident, on its first card. */
  takeCode(): string;
  /** The call of a person who presses it. `id`: that of the call. */
  call(press: { code: string; user: string; id: string }): CallbackParts;
  /** The answer to the person who pressed. */
  told(answer: string): string;
  /** The content of the first card. */
  shown(): string;
}

async function houseWith(clock: TestClock, channel: string, config: object): Promise<TestRelay> {
  const members = [{ id: "li.lei", name: "李雷", feishu: "ou_1", dingtalk: "user1", wecom: "LiLei" }];
  const destinations = [{ name: "cards", channel, config }];
  return await testRelay({
    clock,
    env: { FENGHUO_PUBLIC_URL: PUBLIC_URL },
    yaml: JSON.stringify({
      members,
      groups: [{ owner: "default", level: "default", members: ["li.lei"], destinations }],
    }),
  });
}

const WORLDS: Record<string, (clock: TestClock) => Promise<World>> = {
  feishu_app: async (clock) => {
    const app = { appId: "cli_1", appSecret: "s" };
    const server = await startFeishuApp({ app, chats: [{ id: "oc_1" }], now: () => clock.now() });
    const keys = { encryptKey: "e-1", verificationToken: "v-1" };
    const house = await houseWith(clock, "feishu_app", { ...app, ...keys, chat: "oc_1", base: server.url });
    const card = (): string => JSON.stringify(server.messages[0]!.content);
    return {
      house,
      takeCode: () => /接手[^}]*\}[^}]*"code":"(t\.[^"]+)"/.exec(card())![1]!,
      call: ({ code, user, id }) =>
        feishuCall(pressedInFeishu({ code, id, openId: user, token: "v-1" }), {
          encryptKey: "e-1",
          now: clock.now(),
        }),
      told: (answer) => {
        const { toast: { type, content } } = JSON.parse(answer) as {
          toast: { type: string; content: string };
        };
        return `${type} ${content}`;
      },
      shown: card,
      [Symbol.asyncDispose]: () => closeBoth(house, server),
    };
  },
  dingtalk_card: async (clock) => {
    const app = { appKey: "ding1", appSecret: "s" };
    const server = await startDingTalkEnterprise({
      app,
      staff: [{ user: "user1" }],
      cards: { chats: ["cid1"] },
      now: () => clock.now(),
    });
    const house = await houseWith(clock, "dingtalk_card", {
      ...app,
      conversation: "cid1",
      templateId: "card.schema",
      callbackUrl: `${PUBLIC_URL}/callbacks/default/default/cards`,
      callbackSecret: "c-1",
      base: server.url,
    });
    const card = (): (typeof server.cards)[number] => server.cards[0]!;
    return {
      house,
      takeCode: () => {
        equal(card().callback, { url: `${PUBLIC_URL}/callbacks/default/default/cards`, secret: "c-1" });
        return card().values.takeCode!;
      },
      call: ({ code, user, id }) =>
        cardCall({ code, userId: user, outTrackId: id }, { secret: "c-1", now: clock.now() }),
      told: (answer) => {
        const { userPrivateData } = JSON.parse(answer) as {
          userPrivateData: { cardParamMap: { notice: string } };
        };
        return userPrivateData.cardParamMap.notice;
      },
      shown: () => Object.values(card().values).join("\n"),
      [Symbol.asyncDispose]: () => closeBoth(house, server),
    };
  },
  wecom_app: async (clock) => {
    const app = { corpid: "ww1", secret: "s", agentid: 1_000_002 };
    const server = await startWeComEnterprise({ app, members: [{ user: "LiLei" }], now: () => clock.now() });
    const config = { ...app, form: "card", callbackToken: "t-1", encodingAesKey: "a".repeat(43) };
    const keys = keysOf(config)!;
    const house = await houseWith(clock, "wecom_app", { ...config, base: server.url });
    const inbox = (): ReturnType<typeof server.company.inbox> => server.company.inbox("LiLei");
    return {
      house,
      takeCode: () => /"text":"接手","key":"(t\.[^"]+)"/.exec(JSON.stringify(inbox()[0]!.request))![1]!,
      call: ({ code, user, id }) =>
        wecomCall(pressedInWeCom({ code, user, taskId: id, now: clock.now() }), { keys, now: clock.now() }),
      told: (answer) =>
        answer === "" ? "" : elementIn(decrypted(elementIn(answer, "Encrypt"), keys)!, "ReplaceName"),
      shown: () => JSON.stringify(inbox()[0]),
      [Symbol.asyncDispose]: () => closeBoth(house, server),
    };
  },
};

async function closeBoth(house: TestRelay, server: { close(): Promise<void> }): Promise<void> {
  await house[Symbol.asyncDispose]();
  await server.close();
}

/** The vendors' ids of the people: 李雷 is a member, the other is not. */
const USERS: Record<string, readonly [member: string, stranger: string]> = {
  feishu_app: ["ou_1", "ou_9"],
  dingtalk_card: ["user1", "user9"],
  wecom_app: ["LiLei", "Ghost"],
};

async function post(
  { house }: World,
  { query = {}, headers = {}, body = "" }: CallbackParts,
): Promise<Response> {
  const address = `/callbacks/default/default/cards?${new URLSearchParams(query)}`;
  return await house.request(address, { method: "POST", headers, body });
}

async function incidentOf({ house }: World): Promise<Record<string, unknown>> {
  const { body } = await api(house, "GET", "incidents?state=all");
  return body.incidents[0];
}

const ALERT = { labels: { alertname: "DiskFull", instance: "db-1", severity: "critical" } };

for (const [name, start] of Object.entries(WORLDS)) {
  const [member, stranger] = USERS[name]!;

  Deno.test(`${name}: a pressed button takes the incident under the member's name, once, and the card says so`, async () => {
    await using world = await start(new TestClock());
    const { house } = world;
    await house.fire(ALERT);
    const code = world.takeCode();
    const call = world.call({ code, user: member, id: "call-1" });
    const answer = await post(world, call);
    equal(answer.status, 200);
    await answer.body?.cancel();
    const { holder, knownBy } = await incidentOf(world);
    equal([holder, knownBy], ["李雷", "李雷"]);
    await house.advance(MINUTE);
    match(world.shown(), /李雷 已接手（\d\d:\d\d 起）/);

    const { id } = await incidentOf(world);
    await api(house, "DELETE", `incidents/${id}/ack`);
    equal((await post(world, call)).status, 200);
    equal((await incidentOf(world)).known, false, "the same call acts once");
  });

  Deno.test(`${name}: a button of what is over changes nothing, and the person is told why`, async () => {
    await using world = await start(new TestClock());
    const { house } = world;
    await house.fire(ALERT);
    const code = world.takeCode();
    await house.fire({ ...ALERT, status: "resolved" });
    const answer = await post(world, world.call({ code, user: member, id: "call-1" }));
    equal(answer.status, 200);
    const told = world.told(await answer.text());
    ok(told !== "" && !told.startsWith("success"), told);
    equal((await incidentOf(world)).holder ?? null, null);
  });

  Deno.test(`${name}: a person who is no member acts under the vendor's id, never under a member's name`, async () => {
    await using world = await start(new TestClock());
    await world.house.fire(ALERT);
    const call = world.call({ code: world.takeCode(), user: stranger, id: "call-1" });
    await (await post(world, call)).body?.cancel();
    match(String((await incidentOf(world)).holder), new RegExp(`^${stranger} \\(`));
  });

  Deno.test(`${name}: a code of another destination, an altered one, and a call that is late change nothing`, async () => {
    await using world = await start(new TestClock());
    const { house } = world;
    await house.fire(ALERT);
    const code = world.takeCode();
    const altered = code.replace(/.$/, (last) => last === "A" ? "B" : "A");
    await (await post(world, world.call({ code: altered, user: member, id: "1" }))).body?.cancel();
    const late = world.call({ code, user: member, id: "2" });
    await house.advance(6 * MINUTE);
    equal((await post(world, late)).status, 401);
    equal((await incidentOf(world)).known, false);
  });
}
