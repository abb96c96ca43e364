/**
 * The ledger counts every alert of a digest as delivered: so a reader must see a line for each of them, or the number
 * of missing ones.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DEFAULT_LABEL_RULES } from "../../relay/message/labels.ts";
import type { Entry } from "../../relay/message/entry.ts";
import { Renderer } from "../../relay/message/renderer.ts";
import { startTelegram } from "../../simulator/telegram.ts";
import telegram from "../../channels/telegram.ts";
import { discover } from "../kit/channels.ts";
import { alert, entry, group } from "../kit/domain.ts";
import { textOfRequest } from "../kit/request_text.ts";
import { templates } from "../kit/templates.ts";
import { NOW } from "./_message.ts";
import { deliver } from "./_send.ts";

const channels = await discover();
const renderer = new Renderer({
  config: { links: [], publicUrl: "https://alerts.example.com", labelRules: DEFAULT_LABEL_RULES },
  templates,
  channels,
  groups: { get: () => undefined },
});

/** 60 English alerts, each about a machine of its own. `node7x` needs no escape in any markup. */
const entries: Entry[] = Array.from({ length: 60 }, (_, index) => {
  const title = ["KubePodCrashLooping", "NodeFilesystemAlmostOutOfSpace", "TargetDown"][index % 3]!;
  const text =
    `Pod prod/checkout-${index} (container "app") is in the state CrashLoopBackOff <${index}> & waiting.`;
  const labels = { alertname: title, instance: `node${index}x`, job: "node_exporter", team: "ops_*core*" };
  const links = [{ kind: "runbook" as const, url: `https://runbooks.example.com/${title}?a=1&b=2` }];
  return entry(alert({ title, text, labels, links, startsAt: NOW - 600_000 }), index, {
    fingerprint: `f${index}`,
  });
});

const members = [{ id: "li.lei", name: "Li Lei", email: "li@example.com", mobile: "13800000000" }];

/** The lines and the count that a reader finds in a text. */
function found(text: string): { lines: number; more: number } {
  const lines = new Set(Array.from(text.matchAll(/node\d+x/g), ([node]) => node)).size;
  return { lines, more: Number(/(\d+) more not listed/.exec(text)?.[1] ?? 0) };
}

Deno.test("Telegram shows each of 60 English alerts, or counts it, in one message that a strict Telegram takes", async () => {
  await using server = await startTelegram({ token: "1:A", chats: [{ id: -1 }], now: () => NOW });
  const channelConfig = telegram.config.parse({ token: "1:A", chat: "-1", base: server.url });
  const { message, digest: { shown } } = await renderer.digest(entries, {
    group: group({ locale: "en" }),
    channel: telegram,
    channelConfig,
    now: NOW,
    messageId: () => "m",
  });
  const verdict = await deliver(telegram, channelConfig, message);
  assert.equal(verdict.kind, "delivered", verdict.because);
  const [{ text }] = server.messages as [typeof server.messages[number]];
  const [, ...below] = text.split("\n"); // the title names one of them, too
  assert.deepEqual(found(below.join("\n")), { lines: shown, more: 60 - shown }, text);
  assert.ok(shown >= 55, `${shown} of 60 have a line`);
});

for (const name of channels.names()) {
  const channel = channels.get(name)!;
  if (!channel.request || channel.digest === false) continue;
  Deno.test(`${name}: a reader of a digest sees each line, or how many are missing`, async () => {
    const channelConfig = channel.config.parse(channel.sample);
    const address = [channel.address ?? []].flat().map(({ name }) => [name, "13800000000"]);
    const recipients = members.map((member) => ({ ...Object.fromEntries(address), ...member }));
    const { message, digest: { shown, incidents } } = await renderer.digest(entries, {
      group: group({ locale: "en", members: recipients }),
      channel,
      channelConfig,
      now: NOW,
      messageId: () => "m",
    });
    const request = await channel.request!(channelConfig, message, { now: NOW, id: "m" });
    if ("kind" in request) return assert.equal(request.kind, "skipped", "and says why there is no message");
    const sent = textOfRequest(request);
    const [, ...others] = sent.split(message.title.slice(-20));
    assert.equal(incidents, 60);
    if (!sent.includes("in one message")) {
      assert.match(
        sent,
        /\+59\b|\b60\b/,
        "a vendor that shows no body, such as of text messages, shows how many they are",
      );
      return;
    }
    assert.deepEqual(
      found(others.join("") || sent),
      { lines: shown, more: 60 - shown },
      sent.slice(0, 4_000),
    );
  });
}
