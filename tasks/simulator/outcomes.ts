/**
 * Each request to a simulator, and its outcome, in words for the terminal.
 *
 * @module
 */
import type { DingTalkRequest } from "../../simulator/dingtalk.ts";
import type { DingTalkAppRequest } from "../../simulator/dingtalk_enterprise.ts";
import type { FeishuRequest } from "../../simulator/feishu.ts";
import type { OcpRequestSeen } from "../../simulator/ocp.ts";
import type { SunkRequest } from "../../simulator/sink.ts";
import type { Slack } from "../../simulator/slack.ts";
import type { Telegram } from "../../simulator/telegram.ts";
import type { WeComRequest } from "../../simulator/wecom.ts";

/** A call to an app's API, and its answer; without the query, which holds the token. */
export function appCall({ method, path, body, came }: DingTalkAppRequest): string {
  if (typeof came === "string") return `${method} ${path} failed on purpose: ${came}`;
  const sent = /token/i.test(path) ? "" : new TextDecoder().decode(body);
  const { status = 200, json } = came;
  const { access_token: _legacy, accessToken: _v1, tenant_access_token: _feishu, ...shown } = json as Record<
    string,
    unknown
  >;
  return `${method} ${path}: ${status}\n${indented([sent, JSON.stringify(shown)])}`;
}

/** A request to a DingTalk or WeCom robot. */
export function robotPost({ came, posted, body }: DingTalkRequest | WeComRequest): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (came.errcode !== 0) return `refused ${body.byteLength} bytes: ${came.errcode} ${came.errmsg}`;
  if (posted === undefined) return "took a repeat: its msgUuid was posted before";
  const rings = posted.rings === "all"
    ? ", rings everybody"
    : posted.rings.map((who) => `, rings ${who}`).join("");
  return `posted ${posted.msgtype}, ${body.byteLength} bytes${rings}\n${
    indented(["title" in posted ? posted.title : "", posted.text])
  }`;
}

/** A request to a Feishu robot. */
export function feishuPost({ came, posted, body }: FeishuRequest): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (posted === undefined) return `refused ${body.byteLength} bytes: ${came.code} ${came.msg}`;
  const rings = posted.ringsAll ? ", rings everybody" : "";
  return `posted ${posted.type}, ${body.byteLength} bytes${rings}\n${indented([posted.title, posted.text])}`;
}

/** A message to Slack. */
export function slackPost({ came, posted, body }: Slack["requests"][number]): string {
  if (posted === undefined) {
    const words = typeof came === "string" ? came : came.error ?? "";
    return `refused ${body.byteLength} bytes: ${words}`;
  }
  return `${doneTo(posted.edits)}, ${body.byteLength} bytes\n${indented([posted.head, posted.body])}`;
}

/** A message to Telegram. */
export function telegramPost({ came, posted, body }: Telegram["requests"][number]): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (posted === undefined) return `refused ${body.byteLength} bytes: ${came.description}`;
  return `${doneTo(posted.edits)}, ${body.byteLength} bytes\n${indented([posted.text])}`;
}

function doneTo(edits: number): string {
  return edits === 0 ? "posted a message" : "changed a message in place";
}

/** An alarm pushed to OCP. */
export function ocpAlarm({ came, body }: OcpRequestSeen): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (came.error !== undefined) return `refused: ${came.status} ${came.error}`;
  return `took an alarm\n${indented([prettified(new TextDecoder().decode(body))])}`;
}

/** A request to the webhook receiver. */
export function webhookPost({ refused, text }: SunkRequest): string {
  return refused === undefined ? `took\n${indented([prettified(text)])}` : `refused: ${refused}`;
}

function prettified(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 2);
}

function indented(texts: readonly string[]): string {
  const lines = texts.filter((text) => text !== "").flatMap((text) => text.split("\n"));
  return lines.map((line) => `          ${line}`).join("\n");
}
