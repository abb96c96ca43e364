/**
 * A strict WeCom for the apps of a company, on loopback: messages to members and to chats, with members who come and
 * go. The real WeCom accepts every call that this one accepts, according to its documentation. For tests, and for
 * trying a destination without a vendor.
 *
 * @module
 */
import type { Rate } from "../relay/channel.ts";
import { Budget, Budgets } from "./_budget.ts";
import {
  AppTokens,
  type CallFaultKind,
  type CallFaultOptions,
  type Calls,
  type EnterpriseOptions,
  type EnterpriseServer,
  type SeenCall,
  serveCalls,
  type VendorReply,
} from "./_enterprise_server.ts";
import type { Arrived } from "./_loopback.ts";
import { type AppChat, type AppMessage, no, WeComCompany, type WeComMember } from "./_wecom_calls.ts";

export type { AppChat, AppMessage, CallFaultKind, CallFaultOptions, VendorReply, WeComMember };

/** A request and its outcome. */
export type WeComAppRequest = SeenCall;

/** An app of the company. */
export interface WeComAppSetup {
  readonly corpid: string;
  readonly secret: string;
  readonly agentid: number;
  /** Calls of an API a minute; default: no limit. */
  readonly perMinute?: number;
  /** The quota of all calls; default: none. */
  readonly quota?: Rate;
}

/** The options of {@linkcode startWeComEnterprise}. The clock drives the tokens' two hours and the budgets. */
export interface WeComEnterpriseOptions extends EnterpriseOptions {
  readonly app: WeComAppSetup;
  readonly members: readonly WeComMember[];
}

/** A running simulator. */
export interface WeComEnterprise extends EnterpriseServer {
  /** Its members and its chats. */
  readonly company: WeComCompany;
  /** Expire the app's token early. */
  revokeTokens(): void;
}

/**
 * Start the simulator.
 *
 * @example
 * ```ts
 * await using wecom = await startWeComEnterprise({
 *   app: { corpid: "ww1", secret: "secret", agentid: 1000002 },
 *   members: [{ user: "LiLei" }],
 * });
 * wecom.company.inbox("LiLei");
 * ```
 */
export async function startWeComEnterprise(
  { app, members, ...options }: WeComEnterpriseOptions,
): Promise<WeComEnterprise> {
  const { corpid, secret, agentid, perMinute = Infinity, quota } = app;
  const company = new WeComCompany(members, { agentid });
  const tokens = new AppTokens("wecom");
  const budgets = new Budgets([{ messages: perMinute, per: 60_000 }]);
  const ofCompany = new Budget(quota === undefined ? [] : [quota]);

  const calls: Calls = {
    ...company.calls(),
    "GET /cgi-bin/gettoken": ({ query, now }) => {
      if (query.get("corpid") !== corpid) return no(40013, "invalid corpid");
      if (query.get("corpsecret") !== secret) return no(40001, "invalid credential");
      return { json: { errcode: 0, errmsg: "ok", access_token: tokens.give(now), expires_in: 7_200 } };
    },
  };

  const doorRefusalOf = ({ method, url, body }: Arrived, now: number): VendorReply | undefined => {
    if (url.pathname === "/cgi-bin/gettoken") return undefined;
    const problem = tokens.check(url.searchParams.get("access_token"), now);
    if (problem === "missing") return no(41001, "access_token missing");
    if (problem === "expired") return no(42001, "access_token expired");
    if (problem === "unknown") return no(40014, "invalid access_token");
    if (method === "POST" && body.byteLength === 0) return no(44001, "empty media data");
    if (budgets.refuse(url.pathname, now)) return no(45009, "api freq out of limit");
    if (ofCompany.refuse(now)) return no(45009, "reach max api daily quota limit"); // in words of ours
  };

  const server = await serveCalls({ calls, doorRefusalOf, hostOf: () => "qyapi.weixin.qq.com" }, options);
  return { ...server, company, revokeTokens: () => tokens.revoke() };
}
