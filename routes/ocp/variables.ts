import { parseLenientJson, salvageMembers } from "./lenient_json.ts";
import { isMissing } from "./message.ts";

/**
 * What an OCP channel sent: the variables of its template by their own names. One that OCP could not fill (`${x}`) or
 * left empty is not among them.
 */
export class OcpVariables {
  readonly #values: ReadonlyMap<string, string>;

  constructor(pairs: Iterable<readonly [string, string]>) {
    this.#values = new Map([...pairs].filter(([name, value]) => name !== "" && !isMissing(value)));
  }

  /** The value of a variable: as it is, or in the first language that there is. */
  get(name: string): string | undefined {
    for (const suffix of SUFFIXES) {
      const value = this.#values.get(name + suffix);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The names without their languages, each once. */
  names(): Set<string> {
    return new Set(Array.from(this.#values.keys(), (name) => name.replace(LANGUAGE, "")));
  }
}

/** Of a label in several languages, the first of these is shown. Source: OCP's "Call an alert API", labels of an event. */
const SUFFIXES = ["", "_shown", "_zh_cn", "_native", "_zh_tw", "_en_us"];
const LANGUAGE = /_(?:shown|zh_cn|native|zh_tw|en_us)$/;

/** Source: OCP's list of alarm template variables; a broken JSON is searched for these. */
const KNOWN = new Set([
  ..."app_type alarm_type alarm_target alarm_scope alarm_level alarm_evaluation_interval alarm_duration"
    .split(" "),
  ..."alarm_status alarm_active_at alarm_resolved_at alarm_last_interval alarm_name value".split(" "),
  ..."alarm_threshold alarm_updated_at alarm_summary alarm_description alarm_level_color alarm_id".split(" "),
  ..."alarm_url alarm_time service ob_cluster_group ob_cluster ob_cluster_id ob_tenant tenant_name".split(
    " ",
  ),
  ..."host_ip svr_ip app app_cluster operation_name operator operation_result failed_reason".split(" "),
  ..."check_item alarm_group alarm_group_by alarm_count message message_json recipients_uids".split(" "),
  ..."at_recipients recipients_json_array receiver origin".split(" "),
]);

/** Where programs that speak to a robot of DingTalk, WeCom or Feishu put the text. */
const ROBOT_TEXTS = [["text", "content"], ["markdown", "text"], ["markdown", "content"], [
  "content",
  "text",
]] as const;
/** Variables of our own, for what such a program says beside the text; no template of OCP's has their names. */
export const ROBOT_FORM = "fenghuo robot form";
/** Whom such a program calls, as JSON. */
export const ROBOT_AT = "fenghuo robot at";
const ROBOT_MEMBERS = new Set(["msgtype", "msg_type", "text", "markdown", "content", "at"]);

/**
 * The variables in a request of an OCP channel: JSON, a form, or a plain text, which is the message. Nothing is refused
 * for how it is written: what cannot be read is the message.
 */
export function readOcpVariables(
  body: string,
  { contentType, query }: { contentType: string | null; query: URLSearchParams },
): OcpVariables {
  const pairs = [...query].filter(([name]) => name !== "token" && !name.startsWith("fenghuo "));
  return new OcpVariables(withMessage([...pairs, ...pairsOf(body, contentType ?? "")]));
}

function pairsOf(body: string, contentType: string): [string, string][] {
  const text = body.trim();
  if (text.startsWith("{")) return jsonPairs(text);
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    const form = [...new URLSearchParams(body)];
    if (isForm(form)) return form;
  }
  const json = text.startsWith('"') ? parseLenientJson(text) : undefined;
  return [["message", typeof json === "string" ? json : body]];
}

/** Curl calls every body a form that nobody names otherwise: a text of which it makes no variables is the message. */
function isForm(pairs: readonly (readonly [string, string])[]): boolean {
  return pairs.some(([name]) => isWanted(name)) || pairs.every(([name]) => /^[\w.-]{1,100}$/.test(name));
}

function jsonPairs(text: string): [string, string][] {
  const json = parseLenientJson(text);
  if (typeof json !== "object" || json === null) return salvagedPairs(text);
  const { labels, ...members } = json as Record<string, unknown>;
  const nested = typeof labels === "object" && labels !== null ? Object.entries(labels) : [];
  const message = robotText(json);
  return [
    ...message === undefined ? [] : robotPairs(json, message),
    ...[...nested, ...Object.entries(members)]
      .filter(([name, value]) =>
        value !== null && value !== undefined && !(message !== undefined && ROBOT_MEMBERS.has(name))
      )
      .map(([name, value]): [string, string] => [name, textOf(value)]),
  ];
}

/** Of a program that speaks to a robot: the text, whether it is markdown, and whom it calls. */
function robotPairs(json: unknown, message: string): [string, string][] {
  const isText = memberOf(json, "markdown") === undefined;
  const at = memberOf(json, "at");
  return [
    ["message", message],
    ...isText ? [[ROBOT_FORM, "text"] as [string, string]] : [],
    ...typeof at === "object" && at !== null ? [[ROBOT_AT, JSON.stringify(at)] as [string, string]] : [],
  ];
}

/** What is left of a JSON that a text with quotes has broken: with no message in it, all of it is the message. */
function salvagedPairs(text: string): [string, string][] {
  const { content, text: robotText, ...found } = salvageMembers(text, isWanted);
  const message = found.message ?? found.message_json ?? content ?? robotText ?? text;
  return Object.entries({ ...found, message });
}

/** `message_json` is the message as JSON, or the message itself: the documentation has it both ways. */
function withMessage(pairs: [string, string][]): [string, string][] {
  const { message_json: json, ...values } = Object.fromEntries(pairs);
  if (json === undefined || !isMissing(values.message ?? "")) return Object.entries(values);
  const parsed = parseLenientJson(json);
  const message = robotText(parsed);
  return Object.entries({
    ...values,
    message: typeof parsed === "string" ? parsed : json,
    ...message === undefined ? {} : Object.fromEntries(robotPairs(parsed, message)),
  });
}

function robotText(json: unknown): string | undefined {
  for (const [outer, inner] of ROBOT_TEXTS) {
    const text = memberOf(memberOf(json, outer), inner);
    if (typeof text === "string") return text;
  }
  return undefined;
}

function isWanted(name: string): boolean {
  return KNOWN.has(name.replace(LANGUAGE, "")) || name === "content" || name === "text";
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
