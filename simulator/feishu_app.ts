/**
 * A strict Feishu for the apps of a company, on loopback: the real Feishu accepts every call that this one accepts.
 * For tests, and for trying a destination without a vendor.
 *
 * @module
 */
import { z } from "zod";
import {
  AppTokens,
  type Calls,
  type EnterpriseOptions,
  type EnterpriseServer,
  isJson,
  serveCalls,
  type VendorReply,
} from "./_enterprise_server.ts";
import {
  type FeishuChatSetup,
  type FeishuMessage,
  FeishuMessages,
  type FeishuUrgent,
  refusal,
} from "./_feishu_app_calls.ts";
import type { Arrived } from "./_loopback.ts";

export type { FeishuChatSetup, FeishuMessage, FeishuUrgent };

/** The options of {@linkcode startFeishuApp}. The clock drives the token's two hours, the budgets and the 14 days. */
export interface FeishuAppOptions extends EnterpriseOptions {
  readonly app: { readonly appId: string; readonly appSecret: string };
  readonly chats: readonly FeishuChatSetup[];
  /** The company's users, for look-ups. */
  readonly users?: readonly FeishuUser[];
  readonly urgentQuota?: Partial<Record<FeishuUrgent["way"], number>>;
}

/** A user of the company. */
export interface FeishuUser {
  readonly openId: string;
  readonly mobile?: string;
  readonly email?: string;
}

/** A running simulator. */
export interface FeishuAppServer extends EnterpriseServer {
  /** The messages that the groups see, in order. */
  readonly messages: readonly FeishuMessage[];
  /** Expire the app's tokens early. */
  revokeTokens(): void;
}

/** https://open.feishu.cn/document/server-docs/contact-v3/user/batch_get_id */
const addresses = z.array(z.string().min(1)).max(50).default([]);
const lookUp = z.strictObject({ emails: addresses, mobiles: addresses });

const API = "/open-apis";
const TOKEN = `${API}/auth/v3/tenant_access_token/internal`;
const MESSAGES = `${API}/im/v1/messages`;

/**
 * Start the simulator.
 *
 * @example
 * ```ts
 * await using feishu = await startFeishuApp({
 *   app: { appId: "cli_1", appSecret: "secret" },
 *   chats: [{ id: "oc_1", members: ["ou_1"] }],
 * });
 * feishu.messages[0].history; // what a card said before it was edited
 * ```
 */
export async function startFeishuApp(
  { app, chats, users = [], urgentQuota = {}, ...options }: FeishuAppOptions,
): Promise<FeishuAppServer> {
  const tokens = new AppTokens("t");
  const posted = new FeishuMessages({ chats, urgentQuota });
  const calls: Calls = {
    [`POST ${TOKEN}`]: ({ json, now }) => {
      const { app_id: id, app_secret: secret } = (json ?? {}) as { app_id?: unknown; app_secret?: unknown };
      if (id !== app.appId) return { json: { code: 10003, msg: "invalid param" } };
      if (secret !== app.appSecret) return { json: { code: 10014, msg: "app secret invalid" } };
      return { json: { code: 0, msg: "ok", tenant_access_token: tokens.give(now), expire: 7_200 } };
    },
    [`POST ${API}/contact/v3/users/batch_get_id`]: ({ json, query }) => {
      const { data } = lookUp.safeParse(json);
      if (data === undefined || query.get("user_id_type") !== "open_id") {
        return refusal(40001, "param error");
      }
      const idOf = (kind: "mobile" | "email", address: string): object => {
        const user = users.find((user) => user[kind] === address);
        return { [kind]: address, ...user === undefined ? {} : { user_id: user.openId } };
      };
      const list = [
        ...data.mobiles.map((mobile) => idOf("mobile", mobile)),
        ...data.emails.map((email) => idOf("email", email)),
      ];
      return { json: { code: 0, msg: "success", data: { user_list: list } } };
    },
    [`POST ${MESSAGES}`]: (context) => posted.create(context),
  };
  const server = await serveCalls({
    calls,
    callOf: (method, path) => {
      const [, id = "", action = ""] = /^\/open-apis\/im\/v1\/messages\/([^/]+)(?:\/([^/]+))?$/.exec(path) ??
        [];
      const message = decodeURIComponent(id);
      if (message === "") return undefined;
      if (method === "POST" && action === "reply") return (context) => posted.reply(message, context);
      if (method !== "PATCH") return undefined;
      if (action === "") return (context) => posted.edit(message, context);
      const [, way] = /^urgent_(app|sms|phone)$/.exec(action) ?? [];
      return way === undefined
        ? undefined
        : (context) => posted.urge(message, way as FeishuUrgent["way"], context);
    },
    doorRefusalOf: ({ url, headers }: Arrived, now): VendorReply | undefined => {
      if (!isJson(headers)) return refusal(9499, "Bad Request");
      if (url.pathname === TOKEN) return undefined;
      const [, token = null] = /^Bearer (.+)$/.exec(headers.get("authorization") ?? "") ?? [];
      const problem = tokens.check(token, now);
      if (problem === "missing") return refusal(99991661, "Missing access token for authorization.");
      if (problem !== undefined) return refusal(99991663, "Invalid access token for authorization.");
    },
    hostOf: () => "open.feishu.cn",
  }, options);
  return { ...server, messages: posted.messages, revokeTokens: () => tokens.revoke() };
}
