import type { AdhocTarget } from "../relay/adhoc.ts";
import type { Member } from "../relay/channel.ts";
import type { Config } from "../relay/config/mod.ts";

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
        throw new UnusableTarget(
          "The target does not end with /open-apis/bot/v2/hook/…: give the robot's whole address",
        );
      }
      const secret = url.searchParams.get("sign") || url.searchParams.get("secret");
      return { token: decoded(token), base: url.origin + before, ...secret ? { secret } : {} };
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

/** Whom an address names, and what of it cannot be done. */
export interface Named {
  /** Those that can be told; `undefined`: none. */
  readonly target?: AdhocTarget;
  /** Whether the address names anybody at all. */
  readonly isNamed: boolean;
  /** What cannot be done, in words without secrets. */
  readonly problems: readonly string[];
  /** The parameters that were read. */
  readonly read: readonly string[];
}

/** A target that cannot be used; its message says why, and is safe to show. */
class UnusableTarget extends Error {}

/** Whom an address of PrometheusAlert names. What it names wrongly is a problem, never a reason to lose the alert. */
export function targetIn(query: URLSearchParams, options: TargetOptions): Named {
  const type = query.get("type") ?? "";
  if (type === "email") return mailIn(query, options);
  const given = [...KINDS].find(([, { parameter }]) => query.get(parameter));
  const kind = KINDS.get(type) ?? (type === "" ? given?.[1] : undefined);
  if (kind === undefined) {
    const known = [...KINDS.keys(), "email"].join(", ");
    const problem = type === ""
      ? `there is no type (${known})`
      : `there is no channel for the type "${type.slice(0, 40)}", only for ${known}`;
    return { isNamed: type !== "", problems: [problem], read: [] };
  }
  const { parameter, channel, hosts, configOf, memberOf } = kind;
  const problems: string[] = [];
  const texts = listIn(query, parameter);
  const read = (text: string): Readonly<Record<string, unknown>>[] => {
    try {
      const url = URL.parse(text);
      if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
        throw new UnusableTarget(`${parameter}: a URL such as https://oapi.dingtalk.com/… is needed`);
      }
      const isVendors = url.protocol === "https:" && hosts.includes(url.host);
      if (!isVendors && !options.config.allowedTargets.has(url.host)) throw notAllowed(parameter, url.host);
      return [configOf(url)];
    } catch (error) {
      if (!(error instanceof UnusableTarget)) throw error;
      problems.push(error.message);
      return [];
    }
  };
  const usable = texts.slice(0, MOST_TARGETS).flatMap(read);
  if (texts.length > MOST_TARGETS) problems.push(`${parameter}: only the first ${MOST_TARGETS} are taken`);
  const called = texts.length === 0 ? [] : listIn(query, "at");
  const isAll = called.length === 1 && called[0] === "all" && memberOf === undefined &&
    channel === "feishu_robot";
  if (called.length > 0 && memberOf === undefined && !isAll) {
    problems.push(`at: a ${channel} cannot call anybody by name`);
  }
  if (called.length > MOST_CALLED) problems.push(`at: only the first ${MOST_CALLED} are called`);
  const members = memberOf === undefined ? [] : called.slice(0, MOST_CALLED).map(memberOf);
  const mentions = isAll ? { mentions: "all" } : members.length === 0 ? {} : { mentions: "members" };
  const chosen = query.get("rr") === "true" && usable.length > 0
    ? [usable[options.turn % usable.length]!]
    : usable;
  const known = { isNamed: texts.length > 0, problems: [...new Set(problems)], read: [parameter, "at"] };
  if (chosen.length === 0) return texts.length === 0 ? { ...known, read: [parameter] } : known;
  const configs = chosen.map((config) => ({ ...config, ...mentions }));
  return { ...known, target: { channel, members, configs } };
}

/** A mail to anybody would make the relay a sender of spam. */
function mailIn(query: URLSearchParams, { config: { allowedTargets, members } }: TargetOptions): Named {
  // No address has a space: it was a plus that nobody escaped.
  const asked = listIn(query, "email").map((address) => address.replaceAll(" ", "+"));
  const known = new Set([...members.values()].map(({ email }) => email?.toLowerCase()));
  const problems = new Set<string>();
  const to = asked.slice(0, MOST_TARGETS).filter((address) => {
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    const isAllowed = known.has(address.toLowerCase()) || allowedTargets.has(domain);
    if (!isAllowed) problems.add(notAllowed("email", domain).message);
    return isAllowed;
  });
  if (asked.length > MOST_TARGETS) problems.add(`email: only the first ${MOST_TARGETS} are taken`);
  const named = { isNamed: asked.length > 0, problems: [...problems], read: ["email"] };
  return to.length === 0 ? named : { ...named, target: { channel: "email", members: [], configs: [{ to }] } };
}

function notAllowed(parameter: string, host: string): UnusableTarget {
  return new UnusableTarget(
    `${parameter}: ${
      host.slice(0, 100)
    } is not allowed; add it to allowed_targets of fenghuo.yaml, or leave it out`,
  );
}

function listIn(query: URLSearchParams, parameter: string): string[] {
  const texts = query.getAll(parameter).flatMap((list) => list.split(",")).map((text) => text.trim());
  return [...new Set(texts.filter((text) => text !== ""))];
}

function requiredIn(url: URL, parameter: string): string {
  const value = url.searchParams.get(parameter);
  if (!value) throw new UnusableTarget(`The target has no ${parameter}: give the robot's whole address`);
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
    throw new UnusableTarget(`The target does not end with ${path}: give the robot's whole address`);
  }
  return url.origin + url.pathname.slice(0, -path.length);
}
