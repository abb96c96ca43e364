import { parseLenientJson, salvageMembers } from "./lenient_json.ts";
import { isMissing } from "./message.ts";

/** The form and the mentions of a message that was written for a robot. */
export interface RobotMessage {
  readonly form: "text" | "markdown";
  /** Its `at`, unparsed. */
  readonly at: unknown;
}

/** The variables of a request by name, and the robot message that contained its `message`. */
interface Read {
  readonly pairs: readonly (readonly [string, string])[];
  readonly robot?: RobotMessage | undefined;
}

/**
 * The variables of an OCP channel's template, by their names. A variable that OCP could not fill (`${x}`) or left empty is
 * missing.
 */
export class OcpVariables {
  /** The robot message that contained `message`, if the request is one. */
  readonly robot: RobotMessage | undefined;
  readonly #values: ReadonlyMap<string, string>;

  constructor({ pairs, robot }: Read) {
    this.robot = robot;
    this.#values = new Map(pairs.filter(([name, value]) => name !== "" && !isMissing(value)));
  }

  /** The value of a variable: the plain one, or the one of the first language present. */
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

/** The order in which the languages of a label are preferred. Source: OCP's "Call an alert API", labels of an event. */
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

/** The paths at which messages to DingTalk, WeCom or Feishu robots hold their text. */
const ROBOT_TEXTS = [["text", "content"], ["markdown", "text"], ["markdown", "content"], [
  "content",
  "text",
]] as const;
const ROBOT_MEMBERS = new Set(["msgtype", "msg_type", "text", "markdown", "content", "at"]);

/**
 * The variables in a request of an OCP channel: JSON, a form, or a plain text, which is the message. No format is
 * refused: a body that cannot be parsed is the message.
 */
export function readOcpVariables(
  body: string,
  { contentType, query }: { contentType: string | null; query: URLSearchParams },
): OcpVariables {
  const { pairs, robot } = readBody(body, contentType ?? "");
  const parameters = [...query].filter(([name]) => name !== "token");
  return new OcpVariables(withMessage({ pairs: [...parameters, ...pairs], robot }));
}

function readBody(body: string, contentType: string): Read {
  const text = body.trim();
  if (text.startsWith("{")) return readJson(text);
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    const form = [...new URLSearchParams(body)];
    if (isForm(form)) return { pairs: form };
  }
  const json = text.startsWith('"') ? parseLenientJson(text) : undefined;
  return { pairs: [["message", typeof json === "string" ? json : body]] };
}

/** Whether a body really is a form: curl labels every body as one, and a text without variables is the message. */
function isForm(pairs: readonly (readonly [string, string])[]): boolean {
  return pairs.some(([name]) => isWanted(name)) || pairs.every(([name]) => /^[\w.-]{1,100}$/.test(name));
}

function readJson(text: string): Read {
  const json = parseLenientJson(text);
  if (typeof json !== "object" || json === null) return { pairs: salvagedPairs(text) };
  const { labels, ...members } = json as Record<string, unknown>;
  const nested = typeof labels === "object" && labels !== null ? Object.entries(labels) : [];
  const message = robotText(json);
  const isVariable = (name: string): boolean => message === undefined || !ROBOT_MEMBERS.has(name);
  const pairs = [...nested, ...Object.entries(members)]
    .filter(([name, value]) => value !== null && value !== undefined && isVariable(name))
    .map(([name, value]): [string, string] => [name, textOf(value)]);
  if (message === undefined) return { pairs };
  return { pairs: [["message", message], ...pairs], robot: robotMessageOf(json) };
}

function robotMessageOf(json: unknown): RobotMessage {
  return { form: memberOf(json, "markdown") === undefined ? "text" : "markdown", at: memberOf(json, "at") };
}

/** The variables of a JSON that a text with quotes has broken; if it has no message, the whole body is the message. */
function salvagedPairs(text: string): [string, string][] {
  const { content, text: robotText, ...found } = salvageMembers(text, isWanted);
  const message = found.message ?? found.message_json ?? content ?? robotText ?? text;
  return Object.entries({ ...found, message });
}

/** `message_json` is the message as JSON, or the message itself: the documentation shows both. */
function withMessage({ pairs, robot }: Read): Read {
  const { message_json: json, ...values } = Object.fromEntries(pairs);
  if (json === undefined || !isMissing(values.message ?? "")) return { pairs: Object.entries(values), robot };
  const parsed = parseLenientJson(json);
  const text = robotText(parsed);
  const message = text ?? (typeof parsed === "string" ? parsed : json);
  return {
    pairs: Object.entries({ ...values, message }),
    robot: text === undefined ? robot : robotMessageOf(parsed),
  };
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
