import type { Channel, Rate } from "../channel.ts";
import { tryOptions } from "../channel/definition.ts";
import { timeoutOf } from "../channel/options.ts";
import { type Complaint, issuesOf, ONCE, unknownKeys } from "./complaint.ts";
import { type Path, pathText } from "./path.ts";
import type { Destination } from "../domain/group.ts";
import { defined } from "../base/defined.ts";
import { MINUTE } from "../base/duration.ts";
import type { Network } from "../base/network.ts";
import { canonicalJson, sha256Hex } from "../base/hash.ts";
import { didYouMean } from "../base/nearest.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { isDefaultNetwork, networkComplaints, networkSecrets } from "./network.ts";
import { redact } from "../redaction/redact.ts";
import { secretsOf, stringsIn } from "./secrets_of.ts";

type ChannelConfig = Readonly<Record<string, unknown>>;

/** The source of a destination. */
export interface DestinationSource {
  /** `owner/level/name` */
  readonly id: string;
  readonly name: string;
  /** The channel's name. */
  readonly channel: string;
  /** The destination's own config. */
  readonly config: ChannelConfig;
  /** The defaults: the config that all destinations of the channel share. */
  readonly defaults: ChannelConfig;
  /** The path of the destination, and that of the defaults. */
  readonly path: Path;
  readonly defaultsPath: Path;
  readonly limits?: readonly Rate[] | undefined;
  /** The time limit of one attempt, in milliseconds. */
  readonly timeout?: number | undefined;
  readonly network?: Network | undefined;
  /** The id of the fallback. */
  readonly fallback?: string | undefined;
  readonly fallbackAfter?: number | undefined;
  readonly isFallback?: boolean | undefined;
}

/** A destination's `timeout` for a channel that makes one request, at most, in milliseconds. */
const LONGEST_REQUEST = MINUTE;

/** The default time that a delivery waits before its fallback is notified. */
const FALLBACK_AFTER = 10 * 60_000;

/** Makes a destination with its lane and its secrets, or returns its channel's complaints about the config. */
export function makeDestination(
  source: DestinationSource,
  channels: ChannelRegistry,
): { destination: Destination } | { complaints: Complaint[] } {
  const { channel: channelName, path, network = {} } = source;
  const wrong = networkComplaints(network, path);
  if (wrong.length > 0) return { complaints: wrong };
  const written = { ...source.defaults, ...source.config };
  const channel = channels.get(channelName);
  if (channel !== undefined) {
    const message = timeoutComplaint(channel, source);
    if (message !== undefined) return { complaints: [{ path: pathText([...path, "timeout"]), message }] };
    return validated(source, written, { channel, channels });
  }
  if (!channels.broken.has(channelName)) {
    const names = [...channels.names(), ...channels.broken.keys()];
    const message = `there is no channel "${channelName}"${didYouMean(channelName, names)}`;
    return { complaints: [{ path: pathText([...path, "channel"]), message }] };
  }
  // It is unknown which of its values are secret.
  return { destination: waiting(source, written, stringsIn(written)) };
}

/** Only a conversation, such as that with a mail server, may take longer than a minute: a request holds up its lane for as long. */
function timeoutComplaint(
  { request, title }: Channel,
  { timeout = 0 }: DestinationSource,
): string | undefined {
  if (request === undefined || timeout <= LONGEST_REQUEST) return undefined;
  return `must be from 1s to 1m, because ${title} takes a single request`;
}

/** A destination whose deliveries stay pending, because its channel cannot be loaded, or fails on its config. */
function waiting(source: DestinationSource, config: unknown, secrets: readonly string[]): Destination {
  const { id, name, channel, network } = source;
  return {
    ...pathsOf(source),
    id,
    name,
    channel,
    config,
    lane: `broken-${sha256Hex(id, 16)}`,
    configHash: hashOf(config, network),
    secrets: [...new Set([...secrets, ...networkSecrets(network)])],
  };
}

function validated(
  source: DestinationSource,
  written: ChannelConfig,
  { channel, channels }: { channel: Channel; channels: ChannelRegistry },
): { destination: Destination } | { complaints: Complaint[] } {
  const { id, name, config: own, defaults, path, defaultsPath } = source;
  const configPath = [...path, "config"];
  /** A complaint about a value from the defaults belongs to the defaults. */
  const pathOf = ([key, ...rest]: Path): Path => {
    if (key === undefined) return configPath;
    const inherited = Object.hasOwn(defaults, key) && !Object.hasOwn(own, key);
    return [...(inherited ? defaultsPath : configPath), key, ...rest];
  };
  try {
    const read = channel.config.safeParse(written, ONCE);
    const complaints = [
      ...unknownKeys(channel.config, defaults, defaultsPath),
      ...unknownKeys(channel.config, own, configPath),
      ...read.success ? [] : issuesOf(channel.config, written, configPath, { pathOf }),
    ];
    if (complaints.length > 0) return { complaints };
    if (!read.success) throw read.error;
    const config = read.data;
    const secrets = [
      ...new Set([
        ...secretsOf(channel.config, written),
        ...secretsOf(channel.config, config),
        ...networkSecrets(source.network),
      ]),
    ];
    const failure = failureOf(channel, config);
    if (failure !== undefined) {
      const words = redact(failure, secrets);
      channels.faults.add(channel.name, words);
      return { destination: { ...waiting(source, config, secrets), broken: words } };
    }
    const timeout = source.timeout ?? timeoutOf(channel, config);
    const configHash = hashOf(config, source.network);
    const budget = channel.lane?.(config);
    const lane = `${channel.name}-${budget === undefined ? configHash : sha256Hex(budget, 16)}`;
    return {
      destination: {
        ...pathsOf({ ...source, timeout }),
        id,
        name,
        channel: channel.name,
        config,
        lane,
        configHash,
        secrets,
      },
    };
  } catch {
    // The error comes from the plugin, and may contain the value that it rejected.
    return {
      complaints: [{ path: pathText(configPath), message: `the channel "${channel.name}" fails on it` }],
    };
  }
}

/** The reason why the functions of a channel fail on a config; `undefined` if they do not. */
function failureOf(channel: Channel, config: unknown): string | undefined {
  try {
    tryOptions(channel, config);
    return undefined;
  } catch (error) {
    return `it fails on the config of a destination: ${error instanceof Error ? error.message : error}`;
  }
}

function pathsOf(
  { limits = [], timeout, network = {}, fallback, fallbackAfter = FALLBACK_AFTER, isFallback = false }:
    DestinationSource,
): Pick<Destination, "limits" | "timeout" | "network" | "fallback" | "fallbackAfter" | "isFallback"> {
  const own = isDefaultNetwork(network) ? undefined : network;
  return defined({ limits, fallbackAfter, isFallback, timeout, network: own, fallback });
}

function hashOf(config: unknown, network: Network = {}): string {
  return sha256Hex(canonicalJson(isDefaultNetwork(network) ? config : [config, network]), 16);
}
