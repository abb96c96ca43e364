import type { ChannelRequest, Message, Severity } from "../../relay/channel.ts";

/** https://pushover.net/api#limits and #urls */
export const LIMITS = { title: 250, message: 1_024, url: 512 };

/** High goes through a user's quiet hours, low makes no sound: https://pushover.net/api#priority */
const PRIORITIES: Readonly<Record<Severity, number>> = { critical: 1, error: 0, warning: 0, info: -1 };
const LOW = -1;
const EMERGENCY = 2;

/** The settings of a phone's ringing. */
interface Ringing {
  readonly base: string;
  readonly token: string;
  readonly emergency: "none" | "critical";
  readonly retry_seconds: number;
  readonly expire_seconds: number;
}

/** The request for one recipient, given by the user key. */
export function requestOf(config: Ringing, message: Message, user: string): ChannelRequest {
  const { title, body, severity, status, actions, words, links, plain } = message;
  const isFiring = status === "firing";
  const rings = isFiring && severity === "critical" && config.emergency === "critical" && !plain;
  const [link] = actions === undefined ? links : [{
    url: actions.acknowledge ?? actions.open,
    title: actions.acknowledge ? words.acknowledge : words.open,
  }];
  return {
    url: `${config.base}/1/messages.json`,
    json: {
      token: config.token,
      user,
      title: title.trim() || severity,
      message: body.trim() || title.trim() || severity, // a blank one is refused
      priority: rings ? EMERGENCY : isFiring ? PRIORITIES[severity] : LOW,
      ...rings ? { retry: config.retry_seconds, expire: config.expire_seconds } : {},
      ...link && link.url.length <= LIMITS.url && !plain
        ? { url: link.url, url_title: link.title.slice(0, 100) }
        : {},
    },
  };
}
