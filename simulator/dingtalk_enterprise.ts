/**
 * A strict DingTalk for the apps of a company, on loopback: both generations of its API, with staff who come and go.
 * The real DingTalk accepts every call that this one accepts, according to its documentation. For tests, and for
 * trying a destination without a vendor.
 *
 * @module
 */
import { type Chat, type ChatMessage, Company, type Staff } from "./_dingtalk_chats.ts";
import { legacyCalls, legacyRefusal } from "./_dingtalk_legacy.ts";
import {
  type CardSetup,
  type DingTalkCard,
  DingTalkCards,
  type DingTalkReminder,
} from "./_dingtalk_cards.ts";
import { v1Calls, v1Refusal } from "./_dingtalk_v1.ts";
import type { Rate } from "../relay/channel.ts";
import { Budget, Budgets } from "./_budget.ts";
import {
  AppTokens,
  type CallFaultKind,
  type CallFaultOptions,
  type Calls,
  type EnterpriseOptions,
  type EnterpriseServer,
  isJson,
  type SeenCall,
  serveCalls,
  type VendorReply,
} from "./_enterprise_server.ts";
import type { Arrived } from "./_loopback.ts";

export type {
  CallFaultKind,
  CallFaultOptions,
  CardSetup,
  Chat,
  ChatMessage,
  DingTalkCard,
  DingTalkReminder,
  Staff,
  VendorReply,
};

/** A request and its outcome. */
export type DingTalkAppRequest = SeenCall;

/** An app of the company. */
export interface AppSetup {
  readonly appKey: string;
  readonly appSecret: string;
  /** Default: the app key. */
  readonly robotCode?: string;
  /** Of the scene group template. */
  readonly templateId?: string;
  /** Paths that the app was not granted. */
  readonly denied?: readonly string[];
  /** Calls of an API a minute; default: no limit. */
  readonly perMinute?: number;
  /** The quota of all calls of the company, including those for a token; default: none. */
  readonly quota?: Rate;
}

/** The options of {@linkcode startDingTalkEnterprise}. The clock drives the tokens' two hours and the budgets. */
export interface DingTalkEnterpriseOptions extends EnterpriseOptions {
  readonly app: AppSetup;
  readonly staff: readonly Staff[];
  /** The setup of cards and DING messages. */
  readonly cards?: CardSetup;
}

/** A running simulator. */
export interface DingTalkEnterprise extends EnterpriseServer {
  /** Its staff and its chats. */
  readonly company: Company;
  /** The cards in all chats, in order. */
  readonly cards: readonly DingTalkCard[];
  /** The DING messages, in order. */
  readonly reminders: readonly DingTalkReminder[];
  /** Expire the app's tokens early. */
  revokeTokens(): void;
}

/**
 * Start the simulator. A request may name its intended host in `x-forwarded-host`: a path of the other host then does
 * not exist.
 *
 * @example
 * ```ts
 * await using dingtalk = await startDingTalkEnterprise({
 *   app: { appKey: "ding1", appSecret: "secret", templateId: "t-1" },
 *   staff: [{ user: "user1" }],
 * });
 * dingtalk.company.leave("user1");
 * ```
 */
export async function startDingTalkEnterprise(
  { app, staff, cards: cardSetup = {}, ...options }: DingTalkEnterpriseOptions,
): Promise<DingTalkEnterprise> {
  const {
    appKey,
    appSecret,
    robotCode = appKey,
    templateId = "template",
    denied = [],
    perMinute = Infinity,
    quota,
  } = app;
  const company = new Company(staff);
  const cards = new DingTalkCards(company, { robotCode, ...cardSetup });
  const tokens = { legacy: new AppTokens("legacy"), v1: new AppTokens("v1") };
  const budgets = new Budgets([{ messages: perMinute, per: 60_000 }]);
  const ofCompany = new Budget(quota === undefined ? [] : [quota]);

  const calls: Calls = {
    ...legacyCalls(company),
    ...v1Calls(company, { robotCode, templateId }),
    ...cards.calls,
    "GET /gettoken": ({ query, now }) => {
      if (query.get("appkey") !== appKey || query.get("appsecret") !== appSecret) {
        return legacyRefusal(40089, "不合法的corpid或corpsecret");
      }
      return { json: { errcode: 0, errmsg: "ok", access_token: tokens.legacy.give(now), expires_in: 7_200 } };
    },
    "POST /v1.0/oauth2/accessToken": ({ json, now }) => {
      const { appKey: key, appSecret: secret } = (json ?? {}) as { appKey?: unknown; appSecret?: unknown };
      if (key !== appKey || secret !== appSecret) {
        return v1Refusal("invalidClientIdOrSecret", "无效的clientId或者clientSecret");
      }
      return { json: { accessToken: tokens.v1.give(now), expireIn: 7_200 } };
    },
  };

  const doorRefusalOf = ({ method, url, headers }: Arrived, now: number): VendorReply | undefined => {
    const { pathname: path } = url;
    const isV1 = path.startsWith("/v1.0/");
    if (method !== "GET" && !isJson(headers)) {
      return isV1
        ? v1Refusal("InvalidContentType", "Content-Type不合法", 415)
        : legacyRefusal(43004, "无效的HTTP HEADER Content-Type");
    }
    if (ofCompany.refuse(now)) {
      // https://www.dingtalk.com/qidian/help-detail-1061621972.html
      const words = "您的企业本月api调用量已超过限制";
      return isV1
        ? v1Refusal("Forbidden.AccessDenied.ApiCountLimitForOrg", words, 403)
        : legacyRefusal(90020, words);
    }
    if (path === "/gettoken" || path === "/v1.0/oauth2/accessToken") return undefined;
    const problem = isV1
      ? tokens.v1.check(headers.get("x-acs-dingtalk-access-token"), now)
      : tokens.legacy.check(url.searchParams.get("access_token"), now);
    if (problem !== undefined) {
      if (isV1) return v1Refusal("InvalidAuthentication", "不合法的access_token");
      if (problem === "missing") return legacyRefusal(41001, "缺少access_token参数");
      const [code, words] = problem === "expired"
        ? [42001, "access_token已过期"]
        : [40014, "不合法的access_token"];
      return legacyRefusal(88, "ding talk error", { sub_code: String(code), sub_msg: words });
    }
    if (denied.includes(path)) {
      return isV1
        ? v1Refusal("Forbidden.AccessDenied.AccessTokenPermissionDenied", "应用尚未开通所需的权限", 403)
        : legacyRefusal(88, "ding talk error", { sub_code: "60011", sub_msg: "应用尚未开通所需的权限" });
    }
    if (budgets.refuse(path, now)) {
      return isV1
        ? v1Refusal("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", "触发了流控", 403)
        : legacyRefusal(88, "ding talk error", { sub_code: "90018", sub_msg: "触发了流控" });
    }
  };

  const server = await serveCalls({
    calls,
    doorRefusalOf,
    hostOf: (path) => path.startsWith("/v1.0/") ? "api.dingtalk.com" : "oapi.dingtalk.com",
  }, options);
  return {
    ...server,
    company,
    cards: cards.cards,
    reminders: cards.reminders,
    revokeTokens: () => {
      tokens.legacy.revoke();
      tokens.v1.revoke();
    },
  };
}
