import type { AdhocTarget } from "../relay/adhoc.ts";
import type { Member } from "../relay/channel.ts";
import type { Config } from "../relay/config/mod.ts";
import { RequestError } from "./errors.ts";

/** What the address may say of whom to tell. */
export interface TargetOptions {
  readonly config: Pick<Config, "allowedTargets" | "members">;
  /** Of several with `rr=true` it is this one's turn, whatever the number. */
  readonly turn: number;
}

/** How a type of target is read. */
interface Kind {
  /** The parameter that holds the target, or several with commas between them. */
  readonly parameter: string;
  readonly channel: string;
  /** The vendor's own hosts: a robot's address there can do no harm. */
  readonly hosts: readonly string[];
  readonly configOf: (url: URL) => Readonly<Record<string, unknown>>;
  /** Whom `at` calls. */
  readonly memberOf?: (id: string) => Member;
}

/** The types whose target is a URL: PrometheusAlert's own names for them. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["dd", {
    parameter: "ddurl",
    channel: "dingtalk_robot",
    hosts: ["oapi.dingtalk.com", "oapi.dingtalk.io"],
    configOf: (url) => {
      const secret = url.searchParams.get("secret");
      return {
        token: requiredIn(url, "access_token"),
        base: baseOf(url, "/robot/send"),
        ...secret ? { secret } : {},
      };
    },
    memberOf: (mobile) => ({ id: mobile, mobile }),
  }],
  ["wx", {
    parameter: "wxurl",
    channel: "wecom_robot",
    hosts: ["qyapi.weixin.qq.com"],
    configOf: (url) => ({ key: requiredIn(url, "key"), base: baseOf(url, "/cgi-bin/webhook/send") }),
    memberOf: (wecom) => ({ id: wecom, wecom }),
  }],
  ["fs", {
    parameter: "fsurl",
    channel: "feishu_robot",
    hosts: ["open.feishu.cn", "open.larksuite.com"],
    configOf: (url) => {
      const [, before, token] = /^(.*)\/open-apis\/bot\/v2\/hook\/([^/]+)$/.exec(url.pathname) ?? [];
      if (!token) {
        throw new RequestError(
          422,
          "The target does not end with /open-apis/bot/v2/hook/…: give the robot's whole address",
        );
      }
      return { token: decoded(token), base: url.origin + before };
    },
  }],
  ["webhook", {
    parameter: "webhookurl",
    channel: "webhook",
    hosts: [],
    configOf: ({ href: url }) => ({ url }),
  }],
]);

/** More than anybody has; each is a delivery of every alert. */
const MOST_TARGETS = 20;
const MOST_CALLED = 50;

/**
 * Whom an address of PrometheusAlert names; `undefined` when it names nobody.
 *
 * @throws RequestError 422 for what cannot be used, 403 for what the configuration does not allow.
 */
export function targetIn(query: URLSearchParams, options: TargetOptions): AdhocTarget | undefined {
  const type = query.get("type") ?? "";
  if (type === "email") return mailIn(query, options);
  const kind = KINDS.get(type);
  if (kind === undefined) {
    throw new RequestError(422, `type: one of ${[...KINDS.keys(), "email"].join(", ")} is needed`);
  }
  const { parameter, channel, hosts, configOf, memberOf } = kind;
  const texts = listIn(query, parameter);
  if (texts.length === 0) return undefined;
  const urls = texts.map((text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw new RequestError(422, `${parameter}: a URL such as https://oapi.dingtalk.com/… is needed`);
    }
    const isVendors = url.protocol === "https:" && hosts.includes(url.host);
    if (!isVendors && !options.config.allowedTargets.has(url.host)) throw notAllowed(parameter, url.host);
    return url;
  });
  const chosen = query.get("rr") === "true" ? [urls[options.turn % urls.length]!] : urls;
  const members = memberOf === undefined ? [] : listIn(query, "at").slice(0, MOST_CALLED).map(memberOf);
  return {
    channel,
    members,
    configs: chosen.map(configOf).map((config) =>
      members.length === 0 ? config : { ...config, mentions: "members" }
    ),
  };
}

/** A mail to anybody would make the relay a sender of spam. */
function mailIn(
  query: URLSearchParams,
  { config: { allowedTargets, members } }: TargetOptions,
): AdhocTarget | undefined {
  const to = listIn(query, "email");
  const known = new Set([...members.values()].map(({ email }) => email?.toLowerCase()));
  for (const address of to) {
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    if (!known.has(address.toLowerCase()) && !allowedTargets.has(domain)) throw notAllowed("email", domain);
  }
  return to.length === 0 ? undefined : { channel: "email", members: [], configs: [{ to }] };
}

function notAllowed(parameter: string, host: string): RequestError {
  return new RequestError(
    403,
    `${parameter}: ${
      host.slice(0, 100)
    } is not allowed; add it to allowed_targets of fenghuo.yaml, or leave it out`,
  );
}

function listIn(query: URLSearchParams, parameter: string): string[] {
  const texts = (query.get(parameter) ?? "").split(",").map((text) => text.trim()).filter((text) =>
    text !== ""
  );
  if (texts.length > MOST_TARGETS && parameter !== "at") {
    throw new RequestError(422, `${parameter}: at most ${MOST_TARGETS} are taken`);
  }
  return [...new Set(texts)];
}

function requiredIn(url: URL, parameter: string): string {
  const value = url.searchParams.get(parameter);
  if (!value) throw new RequestError(422, `The target has no ${parameter}: give the robot's whole address`);
  return value;
}

/** A part of a path without its escapes; one that is escaped wrongly is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What stands before the vendor's own path. */
function baseOf(url: URL, path: string): string {
  if (!url.pathname.endsWith(path)) {
    throw new RequestError(422, `The target does not end with ${path}: give the robot's whole address`);
  }
  return url.origin + url.pathname.slice(0, -path.length);
}
