import { equal, match, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { DEFAULT_LABEL_RULES } from "../../../relay/message/labels.ts";
import { Renderer, type RendererOptions } from "../../../relay/message/renderer.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const channels = await discover();
const settings = { links: [], publicUrl: "https://alerts.example.com", labelRules: DEFAULT_LABEL_RULES };
const target = { group: group(), now: 0, messageId: () => "m" };

function renderer(config: RendererOptions["config"]): Renderer {
  return new Renderer({ config, templates, channels, groups: { get: () => undefined } });
}

Deno.test("a message is in the form and within the limits of the channel, with this config", async () => {
  const channel = channels.get("dingtalk_robot")!;
  for (const [form, bold] of [["markdown", true], ["text", false]] as const) {
    const channelConfig = channel.config.parse({ ...channel.sample as object, form });
    const text = "x".repeat(100_000);
    const { message } = await renderer(settings).message([entry(alert({ text }))], {
      ...target,
      channel,
      channelConfig,
    });
    equal(message.body.startsWith("**"), bold, form);
    ok(message.body.length < 25_000, `${message.body.length}`);
  }
});

Deno.test("a message links to its alert's page; a test message, which is in no log, to none", async () => {
  const channel = channels.get("dingtalk_robot")!;
  const shared = { ...target, channel, channelConfig: channel.config.parse(channel.sample) };
  const write = async (isTest: boolean): Promise<string> =>
    JSON.stringify((await renderer(settings).message([entry(alert())], { ...shared, isTest })).message);
  match(await write(false), /alerts\.example\.com\/a\//);
  ok(!(await write(true)).includes("alerts.example.com"));
});

Deno.test("a link is rewritten as the configuration says now", () => {
  const config = { ...settings, links: [{ from: "http://prom:9090/", to: "https://a.example.com/" }] };
  const one = renderer(config);
  equal(one.rewrite("http://prom:9090/graph"), "https://a.example.com/graph");
  config.links = [{ from: "http://prom:9090/", to: "https://b.example.com/" }];
  equal(one.rewrite("http://prom:9090/graph"), "https://b.example.com/graph");
});
