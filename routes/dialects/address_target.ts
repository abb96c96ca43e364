import type { AdhocTarget } from "../../relay/config/adhoc.ts";
import type { Member } from "../../relay/channel.ts";
import type { Config } from "../../relay/config/mod.ts";
import { decodePart } from "../http/path.ts";

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
  /** The member that an entry of `at` mentions. */
  readonly memberOf?: (id: string) => Member;
  /** `at=all` mentions everybody; the channel cannot mention people by name. */
  readonly callsAll?: true;
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
      return { token: decodePart(token), base: url.origin + before, ...secret ? { secret } : {} };
    },
    callsAll: true,
  }],
  ["webhook", {
    parameter: "webhookurl",
    channel: "webhook",
    hosts: [],
    configOf: ({ href: url }) => ({ url }),
  }],
]);

/** The parameters whose value is a URL. */
export const URL_PARAMETERS: readonly string[] = [...KINDS.values()].map(({ parameter }) => parameter);

/** More than anybody has; each is a delivery of every alert. */
const MOST_TARGETS = 20;
const MOST_CALLED = 50;

/** The target that an address names. */
export interface NamedTarget {
  /** The target; `undefined` when the address names none that can be used. */
  readonly target?: AdhocTarget;
  /** Whether the address names anybody at all. */
  readonly isNamed: boolean;
  /** Why parts of the address cannot be used, without secrets. */
  readonly problems: readonly string[];
  /** The parameters that were read. */
  readonly read: readonly string[];
}

/** A target that cannot be used; its message says why, and is safe to show. */
class UnusableTarget extends Error {}

/** The target that an address of PrometheusAlert names. A wrong one is a problem to report, never a reason to lose the alert. */
export function targetIn(query: URLSearchParams, options: TargetOptions): NamedTarget {
  const type = query.get("type") ?? "";
  if (type === "email") return mailIn(query, options);
  const given = [...KINDS.values()].find(({ parameter }) => query.get(parameter));
  const kind = KINDS.get(type) ?? (type === "" ? given : undefined);
  if (kind === undefined) {
    const known = [...KINDS.keys(), "email"].join(", ");
    const problem = type === ""
      ? `there is no type (${known})`
      : `there is no channel for the type "${type.slice(0, 40)}", only for ${known}`;
    return { isNamed: type !== "", problems: [problem], read: [] };
  }
  return urlsIn(query, kind, options);
}

/** The robots or webhooks whose URLs an address names. */
function urlsIn(
  query: URLSearchParams,
  kind: Kind,
  { turn, config: { allowedTargets } }: TargetOptions,
): NamedTarget {
  const { parameter, channel } = kind;
  const texts = listIn(query, parameter);
  if (texts.length === 0) return { isNamed: false, problems: [], read: [parameter] };
  const tried = texts.slice(0, MOST_TARGETS).map((text) => configIn(text, kind, allowedTargets));
  const usable = tried.flatMap((one) => "config" in one ? [one.config] : []);
  const { members, mentions, problems: uncalled } = calledIn(query, kind);
  const problems = new Set([
    ...tried.flatMap((one) => "problem" in one ? [one.problem] : []),
    ...texts.length > MOST_TARGETS ? [`${parameter}: only the first ${MOST_TARGETS} are taken`] : [],
    ...uncalled,
  ]);
  const named = { isNamed: true, problems: [...problems], read: [parameter, "at"] };
  if (usable.length === 0) return named;
  const chosen = query.get("rr") === "true" ? [usable[turn % usable.length]!] : usable;
  const configs = chosen.map((config) => ({ ...config, ...mentions }));
  return { ...named, target: { channel, members, configs } };
}

/** The config that a URL stands for, or why it cannot be used. */
function configIn(
  text: string,
  { parameter, hosts, configOf }: Kind,
  allowed: ReadonlySet<string>,
): { readonly config: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    return { problem: `${parameter}: a URL such as https://oapi.dingtalk.com/… is needed` };
  }
  const isVendors = url.protocol === "https:" && hosts.includes(url.host);
  if (!isVendors && !allowed.has(url.host)) return { problem: notAllowed(parameter, url.host) };
  try {
    return { config: configOf(url) };
  } catch (error) {
    if (error instanceof UnusableTarget) return { problem: error.message };
    throw error;
  }
}

/** The people that `at` mentions. */
function calledIn(
  query: URLSearchParams,
  { channel, memberOf, callsAll }: Kind,
): { members: Member[]; mentions: { mentions?: string }; problems: string[] } {
  const called = listIn(query, "at");
  if (called.length === 0) return { members: [], mentions: {}, problems: [] };
  if (memberOf !== undefined) {
    return {
      members: called.slice(0, MOST_CALLED).map(memberOf),
      mentions: { mentions: "members" },
      problems: called.length > MOST_CALLED ? [`at: only the first ${MOST_CALLED} are called`] : [],
    };
  }
  if (callsAll && called.length === 1 && called[0] === "all") {
    return { members: [], mentions: { mentions: "all" }, problems: [] };
  }
  return { members: [], mentions: {}, problems: [`at: a ${channel} cannot call anybody by name`] };
}

/** A mail to anybody would make the relay a sender of spam. */
function mailIn(query: URLSearchParams, { config: { allowedTargets, members } }: TargetOptions): NamedTarget {
  // No address has a space: it was a `+` that was not escaped.
  const asked = listIn(query, "email").map((address) => address.replaceAll(" ", "+"));
  const known = new Set([...members.values()].map(({ email }) => email?.toLowerCase()));
  const problems = new Set<string>();
  const to = asked.slice(0, MOST_TARGETS).filter((address) => {
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    const isAllowed = known.has(address.toLowerCase()) || allowedTargets.has(domain);
    if (!isAllowed) problems.add(notAllowed("email", domain));
    return isAllowed;
  });
  if (asked.length > MOST_TARGETS) problems.add(`email: only the first ${MOST_TARGETS} are taken`);
  const named = { isNamed: asked.length > 0, problems: [...problems], read: ["email"] };
  return to.length === 0 ? named : { ...named, target: { channel: "email", members: [], configs: [{ to }] } };
}

function notAllowed(parameter: string, host: string): string {
  const shown = host.slice(0, 100);
  return `${parameter}: ${shown} is not allowed; add it to allowed_targets of fenghuo.yaml, or leave it out`;
}

/** The words of a parameter that is a list with commas, each once. */
export function listIn(query: URLSearchParams, parameter: string): string[] {
  const texts = query.getAll(parameter).flatMap((list) => list.split(",")).map((text) => text.trim());
  return [...new Set(texts.filter((text) => text !== ""))];
}

function requiredIn(url: URL, parameter: string): string {
  const value = url.searchParams.get(parameter);
  if (!value) throw new UnusableTarget(`The target has no ${parameter}: give the robot's whole address`);
  return value;
}

/** What stands before the vendor's own path. */
function baseOf(url: URL, path: string): string {
  if (!url.pathname.endsWith(path)) {
    throw new UnusableTarget(`The target does not end with ${path}: give the robot's whole address`);
  }
  return url.origin + url.pathname.slice(0, -path.length);
}
