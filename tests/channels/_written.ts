import type { Alert } from "../../relay/domain/alert.ts";
import type { Channel, Message } from "../../relay/channel.ts";
import {
  flavourOf,
  formOf,
  hasButtons,
  isTitleApart,
  limitsOf,
  markupOf,
} from "../../relay/channel/options.ts";
import type { Locale } from "../../relay/base/locale.ts";
import * as printer from "../../relay/message/markup_printer.ts";
import { renderDigest } from "../../relay/message/digest.ts";
import { render } from "../../relay/message/render.ts";
import { entry, group } from "../kit/domain.ts";
import { NOW } from "./_message.ts";
import { templates } from "../kit/templates.ts";

/** A pod that crashes. */
export const CRASH: Alert = {
  dialect: "alertmanager",
  status: "firing",
  severity: "critical",
  title: "KubePodCrashLooping",
  text: "Pod is crash looping.",
  labels: {
    alertname: "KubePodCrashLooping",
    namespace: "prod",
    pod: "checkout-7d9f8b6c5-x2x4z",
    container: "app",
    reason: "CrashLoopBackOff",
  },
  annotations: { summary: "Pod is crash looping." },
  startsAt: NOW - 480_000,
  endsAt: null,
  links: [
    { kind: "relay", url: "https://fenghuo.example.com/a/01J" },
    { kind: "runbook", url: "https://runbooks.example.com/crash" },
  ],
};

/** The options of a message. */
export interface Writing {
  /** The channel's config, as a person writes it. */
  readonly config?: unknown;
  readonly isDigest?: boolean | undefined;
  readonly locale?: Locale;
}

/** The message that the relay writes of these alerts for a channel, with the built-in templates. */
export function written(
  channel: Channel,
  alerts: readonly Alert[],
  { config = channel.sample, isDigest = false, locale = "zh" }: Writing = {},
): { message: Message; problem: string | undefined; config: unknown } {
  const parsed = channel.config.parse(config);
  const markup = markupOf(channel, parsed);
  const entries = alerts.map((alert, index) => entry(alert, index));
  const { message, problem } = (isDigest ? renderDigest : render)(entries, {
    now: NOW,
    group: group({ locale }),
    form: formOf(channel, parsed),
    limits: limitsOf(channel, parsed),
    flavour: flavourOf(channel, parsed),
    markupFormat: markup && { markup, printer },
    isTitleApart: isTitleApart(channel, parsed),
    hasButtons: hasButtons(channel, parsed),
    templates,
    rewrite: (url) => url,
    messageId: () => "m",
  });
  return { message, problem, config: parsed };
}
