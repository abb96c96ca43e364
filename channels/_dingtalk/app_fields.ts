/**
 * The config fields of channels that send as an app of the company.
 *
 * @module
 */
import { secret, server, z } from "../../relay/channel.ts";

/** The app's credentials. */
export const keyFields = {
  appKey: z.string().trim().min(1).meta({ title: "App key", description: "Also called client id." }),
  appSecret: secret("App secret", { description: "Also called client secret." }),
};

/** The robot of the app. */
export const robotCode = z.string().trim().min(1).optional().meta({
  title: "Robot code",
  description: "Default is the app key, as with robots of the company's own apps.",
});

/** The address that replaces both hosts. */
export const base = server({
  optional: true,
  description: "What stands before the paths of api.dingtalk.com and oapi.dingtalk.com: only for private " +
    "deployments and the simulator.",
});

/** The hosts of the public API. */
export const HOSTS = ["api.dingtalk.com", "oapi.dingtalk.com"];

/** The addresses by which DingTalk identifies a member. */
export const ADDRESSES = [
  { name: "dingtalk", title: "DingTalk user id" },
  { name: "mobile", title: "Mobile" },
];

/** The Chinese of the fields and addresses. */
export const APP_WORDS: Readonly<Record<string, string>> = {
  "App key": "AppKey",
  "Also called client id.": "也叫 Client ID。",
  "App secret": "AppSecret",
  "Also called client secret.": "也叫 Client Secret。",
  "Default is the app key, as with robots of the company's own apps.":
    "默认与 AppKey 相同（企业内部应用的机器人如此）。",
  "What stands before the paths of api.dingtalk.com and oapi.dingtalk.com: only for private deployments and the simulator.":
    "api.dingtalk.com 与 oapi.dingtalk.com 的路径之前的地址：仅用于专有部署与模拟器。",
  "DingTalk user id": "钉钉用户 ID",
  "Mobile": "手机号",
};
