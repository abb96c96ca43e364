import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { readPastedAddress } from "../../../relay/channel/pasted_address.ts";
import { discover } from "../../kit/channels.ts";

const found = await discover();
const channels = found.names().map((name) => found.get(name)!);

function read(text: string): unknown {
  const found = readPastedAddress(text, channels);
  if ("config" in found) return [found.channel.name, found.config];
  return found.wrong === "incomplete" ? [found.wrong, found.channel.name, found.because] : [found.wrong];
}

for (
  const [what, text, expected] of [
    [
      "DingTalk's robot",
      "https://oapi.dingtalk.com/robot/send?access_token=T%2B1",
      ["dingtalk_robot", { token: "T+1", base: "https://oapi.dingtalk.com" }],
    ],
    [
      "a robot of a private deployment, by its form",
      "http://10.0.0.5:8080/robot/send?access_token=T",
      ["dingtalk_robot", { token: "T", base: "http://10.0.0.5:8080" }],
    ],
    [
      "a curl line around the address",
      `curl 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K-1' \\\n  -H 'Content-Type: application/json'`,
      ["wecom_robot", { key: "K-1", base: "https://qyapi.weixin.qq.com" }],
    ],
    [
      "Lark's robot",
      " https://open.larksuite.com/open-apis/bot/v2/hook/a-b ",
      ["feishu_robot", { token: "a-b", base: "https://open.larksuite.com" }],
    ],
    [
      "a subdomain of a vendor",
      "https://prod-07.eastasia.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=s",
      ["teams", {
        url:
          "https://prod-07.eastasia.logic.azure.com/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=s",
      }],
    ],
    [
      "a bot and its chat",
      "https://api.telegram.org/bot123:AA-b_c/sendMessage?chat_id=-1001",
      ["telegram", { token: "123:AA-b_c", chat: "-1001", base: "https://api.telegram.org" }],
    ],
    [
      "Mattermost, at any host",
      "https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz",
      ["mattermost", { url: "https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz" }],
    ],
    [
      "any other address",
      "https://hooks.example.com/a?b=c",
      ["webhook", { url: "https://hooks.example.com/a?b=c" }],
    ],
    [
      "a vendor's address without its credential",
      "https://oapi.dingtalk.com/robot/send",
      ["incomplete", "dingtalk_robot", "The address has no access_token: give the robot's whole address"],
    ],
    ["a token alone", "0123456789abcdef", ["no-address"]],
    ["nothing", "", ["no-address"]],
  ] as const
) {
  Deno.test(`a pasted address is recognised: ${what}`, () => equal(read(text), expected));
}

Deno.test("without a channel that accepts any address, an unknown one is reported as unknown", () => {
  const vendors = channels.filter(({ name }) => name !== "webhook");
  equal(readPastedAddress("https://hooks.example.com/a", vendors), {
    wrong: "unknown",
    host: "hooks.example.com",
  });
});

Deno.test("each channel's example is recognised as an address of that channel, with a valid config", () => {
  const examples = channels.filter(({ target }) => target);
  ok(examples.length >= 15, `${examples.length}`);
  for (const { name, target, config } of examples) {
    const found = readPastedAddress(target!.example!, channels);
    ok("config" in found, `${name}: ${JSON.stringify(found)}`);
    equal(found.channel.name, name);
    equal(config.safeParse(found.config).success, true, name);
  }
});
