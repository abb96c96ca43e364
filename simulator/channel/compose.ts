/**
 * Messages of the relay for a channel, with its own templates and within the channel's limits.
 *
 * @module
 */
import { type Channel, type ChannelEvent, isEvent, type Locale, type Reason } from "../../relay/channel.ts";
import type { Group } from "../../relay/domain/group.ts";
import type { Entry } from "../../relay/message/entry.ts";
import { DEFAULT_LABEL_RULES } from "../../relay/message/labels.ts";
import type { Rendered } from "../../relay/message/render_options.ts";
import { Renderer } from "../../relay/message/renderer.ts";
import { entry, sampleEntries, SAMPLES } from "../../relay/message/sample_entries.ts";
import { loadTemplates } from "../../relay/message/templates.ts";
import type { Configured } from "./attempt.ts";
import { NOW } from "./messages.ts";
import { peopleFor } from "./people.ts";

/** Messages about events, for channels that declare these `events`. */
const EVENTS = ["acknowledged", "unacknowledged", "escalated", "closed"] as const;

/** The kinds of messages. */
export const KINDS = [...SAMPLES, "storm", "long", "chinese", ...EVENTS] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

/** The options of a {@linkcode Compose}. */
export interface ComposeOptions {
  readonly locale?: Locale;
  /** The last, short attempt after the vendor refused the message. */
  readonly plain?: boolean;
  /** Epoch milliseconds. */
  readonly now?: number;
}

/** Writes the message about alerts of a kind. */
export type Compose = (to: Configured, kind: Kind, options?: ComposeOptions) => Promise<Rendered>;

/** Load the relay's templates. */
export async function composer(): Promise<Compose> {
  const templates = await loadTemplates({ builtIn: new URL("../../templates/", import.meta.url) });
  const renderer = new Renderer({
    config: { links: [], publicUrl: "https://fenghuo.example.com", labelRules: DEFAULT_LABEL_RULES },
    templates,
    channels: { get: () => undefined },
    groups: { get: () => undefined },
  });
  return async ({ channel, config }, kind, { locale = "zh", plain = false, now = NOW } = {}) => {
    const group: Group = {
      id: "ops/default",
      owner: "ops",
      level: "default",
      members: peopleFor(channel),
      destinations: [],
      window: 300_000,
      locale,
      timezone: "Asia/Shanghai",
    };
    const target = {
      group,
      channel,
      channelConfig: config,
      now,
      messageId: ([first]: readonly string[]) => `${first}-0`,
      plain,
    };
    const entries = entriesOf(kind, now);
    return kind === "digest"
      ? await renderer.digest(entries, target)
      : await renderer.message(entries, target);
  };
}

/** The kinds of messages that a channel gets. */
export function kindsFor({ events = [] }: Channel): Kind[] {
  return KINDS.filter((kind) => !isEvent(kind as Reason) || events.includes(kind as ChannelEvent));
}

function eventOf(
  reason: ChannelEvent,
  now: number,
): Pick<Entry, "reason" | "by" | "at" | "remark" | "handling"> {
  const by = "李雷";
  const event = { reason, by, at: now };
  if (reason === "acknowledged") return { ...event, handling: { by, holder: by, since: now } };
  return reason === "closed" ? { ...event, remark: "换了磁盘" } : event;
}

/** Longer than any vendor takes. */
const LONG = "磁盘 I/O 延迟过高 (disk latency is high) on node-3: await 812 ms.\n".repeat(600);

function entriesOf(kind: Kind, now: number): Entry[] {
  switch (kind) {
    case "storm":
      return sampleEntries("digest", now);
    case "long": {
      const [{ alert }] = sampleEntries("firing", now) as [Entry];
      return [entry({ ...alert, text: LONG, annotations: { description: LONG } })];
    }
    case "chinese": {
      const [{ alert }] = sampleEntries("firing", now) as [Entry];
      const text = "主库复制延迟超过 300 秒，请立即处理：备库可能无法切换。";
      return [entry({ ...alert, title: "主库复制延迟过高", text, annotations: { summary: text } })];
    }
    case "acknowledged":
    case "unacknowledged":
    case "escalated":
    case "closed":
      return sampleEntries("firing", now).map((entry) => ({ ...entry, ...eventOf(kind, now) }));
    default:
      return sampleEntries(kind, now);
  }
}
