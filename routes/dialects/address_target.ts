import type { AdhocTarget } from "../../relay/config/adhoc.ts";
import type { Member, VendorAddress } from "../../relay/channel.ts";
import type { ChannelRegistry } from "../../relay/channel/registry.ts";
import type { Config } from "../../relay/config/mod.ts";

/** The recipients that an address names. */
export interface TargetOptions {
  readonly config: Pick<Config, "allowedTargets" | "members">;
  readonly channels: Pick<ChannelRegistry, "get" | "load">;
  /** With `rr=true`, selects one of several targets: any number is valid. */
  readonly turn: number;
}

/** A type of target. */
interface TargetType {
  /** The parameter that holds the target, or several with commas between them. */
  readonly parameter: string;
  readonly channel: string;
  /** `at=all` mentions everybody; the channel cannot mention people by name. */
  readonly callsAll?: boolean;
}

/** The types whose target is a URL: PrometheusAlert's own names for them. The channel parses the URL. */
const TYPES: ReadonlyMap<string, TargetType> = new Map<string, TargetType>([
  ["dd", { parameter: "ddurl", channel: "dingtalk_robot" }],
  ["wx", { parameter: "wxurl", channel: "wecom_robot" }],
  ["fs", { parameter: "fsurl", channel: "feishu_robot", callsAll: true }],
  ["webhook", { parameter: "webhookurl", channel: "webhook" }],
]);

/** The parameters whose value is a URL. */
export const URL_PARAMETERS: readonly string[] = [...TYPES.values()].map(({ parameter }) => parameter);

/** More than any real sender names; each target is a delivery of every alert. */
const MAX_TARGETS = 20;
const MAX_MENTIONED = 50;

/** The target that an address names. */
export interface NamedTarget {
  /** The target; `undefined` if the address has no usable one. */
  readonly target?: AdhocTarget;
  /** Whether the address names any target. */
  readonly isNamed: boolean;
  /** The reasons why parts of the address cannot be used, without secrets. */
  readonly problems: readonly string[];
  /** The parameters that were read. */
  readonly read: readonly string[];
}

/** The target that an address of PrometheusAlert names. A wrong target is reported and never loses the alert. */
export async function targetIn(query: URLSearchParams, options: TargetOptions): Promise<NamedTarget> {
  const type = query.get("type") ?? "";
  if (type === "email") return mailIn(query, options);
  const given = [...TYPES.values()].find(({ parameter }) => query.get(parameter));
  const targetType = TYPES.get(type) ?? (type === "" ? given : undefined);
  if (targetType === undefined) {
    const known = [...TYPES.keys(), "email"].join(", ");
    const problem = type === ""
      ? `there is no type (${known})`
      : `there is no channel for the type "${type.slice(0, 40)}", only for ${known}`;
    return { isNamed: type !== "", problems: [problem], read: [] };
  }
  await options.channels.load([targetType.channel]);
  return urlsIn(query, targetType, options);
}

/** The robots or webhooks whose URLs an address names. */
function urlsIn(
  query: URLSearchParams,
  { parameter, channel, callsAll = false }: TargetType,
  { turn, channels, config: { allowedTargets } }: TargetOptions,
): NamedTarget {
  const texts = listIn(query, parameter);
  if (texts.length === 0) return { isNamed: false, problems: [], read: [parameter] };
  const address = channels.get(channel)?.target;
  if (!address) {
    return { isNamed: true, problems: [`the channel ${channel} cannot be loaded`], read: [parameter, "at"] };
  }
  const tried = texts.slice(0, MAX_TARGETS).map((text) =>
    configIn(text, { parameter, address, allowed: allowedTargets })
  );
  const usable = tried.flatMap((one) => "config" in one ? [one.config] : []);
  const { members, mentions, problems: uncalled } = calledIn(query, {
    channel,
    member: address.member,
    callsAll,
  });
  const problems = new Set([
    ...tried.flatMap((one) => "problem" in one ? [one.problem] : []),
    ...texts.length > MAX_TARGETS ? [`${parameter}: only the first ${MAX_TARGETS} are taken`] : [],
    ...uncalled,
  ]);
  const named = { isNamed: true, problems: [...problems], read: [parameter, "at"] };
  if (usable.length === 0) return named;
  const chosen = query.get("rr") === "true" ? [usable[turn % usable.length]!] : usable;
  const configs = chosen.map((config) => ({ ...config, ...mentions }));
  return { ...named, target: { channel, members, configs } };
}

/** The config for a URL, or the reason why it cannot be used. */
function configIn(
  text: string,
  { parameter, address: { hosts, read }, allowed }: {
    parameter: string;
    address: VendorAddress;
    allowed: ReadonlySet<string>;
  },
): { readonly config: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    return { problem: `${parameter}: a URL such as https://${hosts[0] ?? "hooks.example.com"}/… is needed` };
  }
  const isVendors = url.protocol === "https:" && hosts.includes(url.host);
  if (!isVendors && !allowed.has(url.host)) return { problem: notAllowed(parameter, url.host) };
  const config = read(url);
  return typeof config === "string" ? { problem: config } : { config };
}

/** The people that `at` mentions. */
function calledIn(
  query: URLSearchParams,
  { channel, member, callsAll }: {
    channel: string;
    member: VendorAddress["member"];
    callsAll: boolean;
  },
): { members: Member[]; mentions: { mentions?: string }; problems: string[] } {
  const called = listIn(query, "at");
  if (called.length === 0) return { members: [], mentions: {}, problems: [] };
  if (member !== undefined) {
    return {
      members: called.slice(0, MAX_MENTIONED).map(member),
      mentions: { mentions: "members" },
      problems: called.length > MAX_MENTIONED ? [`at: only the first ${MAX_MENTIONED} are called`] : [],
    };
  }
  if (callsAll && called.length === 1 && called[0] === "all") {
    return { members: [], mentions: { mentions: "all" }, problems: [] };
  }
  return { members: [], mentions: {}, problems: [`at: a ${channel} cannot call anybody by name`] };
}

/** The mail addresses that an address names. Only known or allowed ones: the relay must not become a spam sender. */
function mailIn(query: URLSearchParams, { config: { allowedTargets, members } }: TargetOptions): NamedTarget {
  // A mail address has no space: it was an unescaped `+`.
  const asked = listIn(query, "email").map((address) => address.replaceAll(" ", "+"));
  const known = new Set([...members.values()].map(({ email }) => email?.toLowerCase()));
  const problems = new Set<string>();
  const to = asked.slice(0, MAX_TARGETS).filter((address) => {
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    const isAllowed = known.has(address.toLowerCase()) || allowedTargets.has(domain);
    if (!isAllowed) problems.add(notAllowed("email", domain));
    return isAllowed;
  });
  if (asked.length > MAX_TARGETS) problems.add(`email: only the first ${MAX_TARGETS} are taken`);
  const named = { isNamed: asked.length > 0, problems: [...problems], read: ["email"] };
  return to.length === 0 ? named : { ...named, target: { channel: "email", members: [], configs: [{ to }] } };
}

function notAllowed(parameter: string, host: string): string {
  const shown = host.slice(0, 100);
  return `${parameter}: ${shown} is not allowed; add it to allowed_targets of fenghuo.yaml, or leave it out`;
}

/** The distinct entries of a comma-separated parameter. */
export function listIn(query: URLSearchParams, parameter: string): string[] {
  const texts = query.getAll(parameter).flatMap((list) => list.split(",")).map((text) => text.trim());
  return [...new Set(texts.filter((text) => text !== ""))];
}
