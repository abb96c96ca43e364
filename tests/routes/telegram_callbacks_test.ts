/** Buttons of Telegram: they fit its 64 bytes, act under the member's name, and answer with a toast. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startTelegram, type Telegram } from "../../simulator/telegram.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { eventually } from "../kit/eventually.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";

const SECRET = "a-secret_token";
const TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const ADDRESS = "/callbacks/ops/default/chat";
const LI_LEI = { id: 123456789, first_name: "Lei", username: "Li_Lei" };

const yamlOf = ({ url }: Telegram): string => `
members:
  - { id: li.lei, name: 李雷, telegram: "@li_lei" }
groups:
  - owner: ops
    level: default
    members: [li.lei]
    destinations:
      - { name: chat, channel: telegram, config: { token: "${TOKEN}", chat: "-1001", webhook_secret: ${SECRET}, base: "${url}" } }
rules: [{ match: ['job="ops"'], group: ops/default }]`;

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly telegram: Telegram;
}

async function scene({ secretToken = SECRET } = {}): Promise<Scene> {
  const clock = new TestClock();
  const telegram = await startTelegram({
    token: TOKEN,
    chats: [{ id: -1001 }],
    webhook: {
      secretToken,
      call: async (made) => await house.request(ADDRESS, { method: "POST", ...made }),
    },
    now: () => clock.now(),
  });
  const house: TestRelay = await testRelay({
    yaml: yamlOf(telegram),
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
    clock,
  });
  await house.fire({ labels: { alertname: "DiskFull", severity: "critical", job: "ops" } });
  return {
    house,
    telegram,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await telegram.close();
    },
  };
}

async function incident(house: TestRelay): Promise<Record<string, unknown>> {
  const { body } = await api(house, "GET", "incidents?state=all");
  return body.incidents[0];
}

Deno.test("a pressed button acts, and the person sees a toast; a second press says that nothing changes", async () => {
  await using world = await scene();
  const { house, telegram } = world;
  equal(telegram.messages[0]!.buttons.map(({ text }) => text), ["确认", "接手", "暂停通知 1 小时", "查看"]);
  equal(await telegram.press("接手", LI_LEI), { text: "已接手：DiskFull", isAlert: false });
  const { holder } = await incident(house);
  equal(holder, "李雷");
  equal(await telegram.press("接手", LI_LEI), { text: "没有变化：DiskFull", isAlert: true });
  await eventually("the edit", async () => {
    await house.advance(1_000); // a message a second
    return telegram.messages[0]!.edits === 1;
  });
  match(telegram.messages[0]!.text, /李雷/);
  equal(telegram.messages[0]!.buttons.map(({ text }) => text), ["查看"]);
});

Deno.test("another bot's secret token acts on nothing", async () => {
  await using world = await scene({ secretToken: "another" });
  const { house, telegram } = world;
  const press = await telegram.press("确认", LI_LEI).catch(String);
  match(String(press), /answers 401/);
  equal((await incident(house)).known, false);
});

Deno.test("what is no pressed button is taken and acts on nothing", async () => {
  await using world = await scene();
  const { house } = world;
  const headers = { "x-telegram-bot-api-secret-token": SECRET };
  for (const body of ["", "{}", '{"message":{"text":"hi"}}', '{"callback_query":{"id":"1","data":"x"}}']) {
    equal((await house.request(ADDRESS, { method: "POST", headers, body })).status, 200, body);
  }
  const forged = JSON.stringify({
    callback_query: {
      id: "1",
      from: { id: 1, first_name: "x" },
      data: "a.01KG9EGN000000000000000000_0.8m3k.x",
    },
  });
  const response = await house.request(ADDRESS, { method: "POST", headers, body: forged });
  ok((await response.text()).includes("该按钮无效"));
  equal((await incident(house)).known, false);
});
