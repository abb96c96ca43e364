/** The channel against a real Matrix homeserver, in the members' view of a room. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import matrix from "../../channels/matrix.ts";
import type { Message, Verdict } from "../../relay/channel.ts";
import { HOSTILE, message } from "../channels/_message.ts";
import { deliver } from "../channels/_send.ts";
import { api } from "../kit/api.ts";
import { isInstalled } from "../kit/program.ts";
import { testRelay } from "../kit/relay.ts";
import { type Account, type Answer, PROGRAM, startSynapse, type Synapse } from "./_synapse.ts";

/** The cases, each in a room and with an account of its own: a homeserver counts by the account. */
const TRIED: [name: string, fn: (scene: Scene) => Promise<void>][] = [];

function test(name: string, fn: (scene: Scene) => Promise<void>): void {
  TRIED.push([name, fn]);
}

Deno.test({
  name: `a real Matrix homeserver takes what the channel sends (needs ${PROGRAM})`,
  ignore: !(await isInstalled(PROGRAM)),
  fn: async (t) => {
    await using synapse = await startSynapse();
    for (const [index, [name, fn]] of TRIED.entries()) {
      const bot = await synapse.register(`fenghuo${index}`);
      const { room_id: room } = await synapse.call("POST", "createRoom", { token: bot.token, body: {} });
      await t.step(name, () => fn({ synapse, bot, room }));
    }
  },
});

interface Scene {
  readonly synapse: Synapse;
  readonly bot: Account;
  readonly room: string;
}

/** The messages of the room in a client's view: an edit replaces the edited message. */
async function shown(
  { synapse, bot, room }: Scene,
): Promise<{ body: string; html: string; replyTo: unknown }[]> {
  const path = `rooms/${encodeURIComponent(room)}/messages?dir=f&limit=100`;
  const { chunk } = await synapse.call("GET", path, bot);
  const messages = (chunk as Answer[]).filter(({ type }) => type === "m.room.message");
  const edits = new Map<string, Answer>();
  for (const { content } of messages) {
    const { rel_type, event_id } = content["m.relates_to"] ?? {};
    if (rel_type === "m.replace") edits.set(event_id, content["m.new_content"]);
  }
  return messages.filter(({ content }) => content["m.relates_to"]?.rel_type !== "m.replace").map((event) => {
    const { body, formatted_body: html } = edits.get(event.event_id) ?? event.content;
    return { body, html, replyTo: event.content["m.relates_to"]?.["m.in_reply_to"]?.event_id };
  });
}

async function send({ synapse, bot, room }: Scene, text: Message, config: object = {}): Promise<Verdict> {
  return await deliver(matrix, { base: synapse.url, room, token: bot.token, ...config }, text);
}

test("an incident is one message that changes, from firing through acknowledged to resolved", async (scene) => {
  const { synapse, bot, room } = scene;
  const config = { base: synapse.url, room, token: bot.token };
  const destinations = [{ channel: "matrix", config }];
  await using house = await testRelay({
    yaml: `groups: [${JSON.stringify({ owner: "default", level: "default", destinations })}]`,
  });
  const labels = { alertname: "DiskFull", instance: "<b>node-3</b> & *co*", severity: "critical" };
  await house.fire({ labels });
  const [firing] = await shown(scene);
  match(firing!.body, /^🔴[^]*<b>node-3<\/b> & \*co\*/);
  ok(firing!.html.includes("&lt;b&gt;node-3&lt;/b&gt; &amp; *co*"));

  await house.advance(61_000);
  const { body: { incidents: [incident] } } = await api(house, "GET", "incidents");
  await api(house, "POST", `incidents/${incident.id}/ack`, { body: { by: "李雷" } });
  await house.settle();
  const [acknowledged, ...others] = await shown(scene);
  match(acknowledged!.body, /李雷 已确认/);
  equal(others, []);

  await house.advance(61_000);
  await house.fire({ labels, status: "resolved" });
  const [resolved, ...more] = await shown(scene);
  match(resolved!.body, /🟢|✅/);
  equal(more, []);
});

test("an attempt that is repeated is no second message, and a repeat of the alert is a reply", async (scene) => {
  const first = await send(scene, message());
  equal(await send(scene, message()), first);
  ok(first.kind === "delivered" && first.receipt);
  await send(scene, message({ id: "next", reason: "repeat", earlier: first.receipt }));
  equal((await shown(scene)).map(({ replyTo }) => replyTo), [undefined, first.receipt.event]);
});

test("what the homeserver refuses is refused: a token, a room without the account, a message that is too large", async (scene) => {
  const stranger = await scene.synapse.register("stranger");
  const refusals: [Verdict, what: string, because: RegExp][] = [
    [await send(scene, message(), { token: "syt_wrong" }), "config", /^M_UNKNOWN_TOKEN/],
    [await send(scene, message(), { token: stranger.token }), "config", /^M_FORBIDDEN/],
    [await send(scene, message({ body: "x".repeat(70_000) })), "payload", /^M_TOO_LARGE/],
  ];
  for (const [verdict, what, because] of refusals) {
    equal(verdict.kind === "refused" && verdict.what, what, verdict.because);
    match(verdict.because, because);
  }
});

test("the largest message and its edit are accepted, and hostile values are", async (scene) => {
  const first = await send(scene, message({ body: "汉".repeat(14_000 / 3) }));
  ok(first.kind === "delivered", first.because);
  const edit = { status: "resolved", earlier: first.receipt!, body: "汉".repeat(14_000 / 3 - 1) } as const;
  equal((await send(scene, message({ id: "edit", ...edit }))).kind, "delivered");
  const hostile = Object.entries(HOSTILE).filter(([name]) => name !== "15,000 bytes of Chinese");
  for (const [name, value] of hostile) {
    const body = (matrix.form as { escape(text: string): string }).escape(value.toWellFormed());
    equal((await send(scene, message({ id: name, body }))).kind, "delivered", name);
  }
});
