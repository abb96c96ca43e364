import { deepStrictEqual as equal } from "node:assert/strict";
import { robotAddress } from "../../../relay/channel/vendor_address.ts";
import { discover } from "../../kit/channels.ts";

const ROBOT = { path: "/robot/send", parameter: "access_token" };

for (
  const [address, read] of [
    ["https://oapi.dingtalk.com/robot/send?access_token=T", {
      credential: "T",
      base: "https://oapi.dingtalk.com",
    }],
    ["http://proxy.example.com:8080/a/robot/send?access_token=T%2B", {
      credential: "T+",
      base: "http://proxy.example.com:8080/a",
    }],
    [
      "https://oapi.dingtalk.com/robot/send",
      "The address has no access_token: give the robot's whole address",
    ],
    [
      "https://oapi.dingtalk.com/?access_token=T",
      "The address does not end with /robot/send: give the robot's whole address",
    ],
  ] as const
) {
  Deno.test(`what a robot's address ${address} stands for`, () => {
    equal(robotAddress(new URL(address), ROBOT), read);
  });
}

const channels = await discover();

for (
  const [name, address, config] of [
    ["dingtalk_robot", "https://oapi.dingtalk.com/robot/send?access_token=T&secret=SECx", {
      token: "T",
      base: "https://oapi.dingtalk.com",
      secret: "SECx",
    }],
    ["wecom_robot", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K", {
      key: "K",
      base: "https://qyapi.weixin.qq.com",
    }],
    ["feishu_robot", "https://open.feishu.cn/open-apis/bot/v2/hook/a%2Bb?sign=S", {
      token: "a+b",
      base: "https://open.feishu.cn",
      secret: "S",
    }],
    ["webhook", "https://hooks.example.com/a?b=c", { url: "https://hooks.example.com/a?b=c" }],
  ] as const
) {
  Deno.test(`the channel ${name} reads the address that its vendor gives out, as a config of its own`, () => {
    const channel = channels.get(name)!;
    const read = channel.target!.read(new URL(address));
    equal(read, config);
    equal(channel.config.safeParse(read).success, true);
  });
}
