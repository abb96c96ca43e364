/**
 * A strict Slack on loopback, its Web API and its incoming webhooks: the real Slack accepts every message that this
 * one accepts. For tests, and for trying a destination without a vendor.
 *
 * @module
 */
import { z } from "zod";
import { Budgets } from "./_budget.ts";
import { COMMON_FAULTS, type CommonFault, type Fault, saying } from "./_faults.ts";
import type { Arrived } from "./_loopback.ts";
import { Presses, type SlackApp, type SlackPress } from "./_slack_presses.ts";
import { content, shownOf, type SlackContent, type SlackShown } from "./_slack_message.ts";
import {
  type Decided,
  jsonOf,
  type Seen,
  serveVendor,
  type VendorOptions,
  type VendorServer,
} from "./_vendor_server.ts";

/** A channel of the workspace. */
export interface SlackChannel {
  readonly id: string;
  /** Its name, with the `#`. */
  readonly name?: string;
  /** Default true. */
  readonly hasApp?: boolean;
}

/** A message that the members of a channel see. An edit changes it. */
export interface SlackPosted extends SlackShown {
  readonly ts: string;
  readonly channel: string;
  /** The message whose thread it is in. */
  readonly thread?: string;
  /** A reply that is shown in the channel, too. */
  readonly isBroadcast: boolean;
  /** The number of edits. */
  readonly edits: number;
}

/** The failures of Slack, or of the connection to it: those of every vendor, or its rate limit (`throttle`, 30 s). */
export type SlackFault = keyof typeof FAULTS | CommonFault;

/** The options of {@linkcode startSlack}. */
export interface SlackOptions extends VendorOptions<Seen<SlackAnswer, SlackPosted, SlackFault>> {
  /** The token of the app. */
  readonly token: string;
  readonly channels: readonly SlackChannel[];
  /** The paths of webhooks, such as `/services/T1/B1/x`, that post into the first channel. */
  readonly webhooks?: readonly string[];
  /** The app to which presses of buttons are reported. */
  readonly app?: SlackApp;
}

/** Slack's answer; that of a webhook is a word. */
export type SlackAnswer = { readonly ok: boolean; readonly error?: string } | string;

/** A running simulator. Its `url` is the base of the Web API, and the beginning of a webhook's address. */
export interface Slack extends VendorServer<Seen<SlackAnswer, SlackPosted, SlackFault>, SlackFault> {
  /** The messages of all channels as their members see them now, in order. */
  readonly messages: readonly SlackPosted[];
  /** The app's ephemeral messages, in order. */
  readonly ephemeral: readonly { readonly user: string; readonly text: string }[];
  /** A member deletes a message. */
  remove(ts: string): void;
  /** A member presses the button with this title in the last message of a channel. Default: the first channel. */
  press(
    title: string,
    user: { readonly id: string; readonly name: string },
    channel?: string,
  ): Promise<SlackPress>;
}

const postMessage = z.strictObject({
  channel: z.string().min(1),
  ...content,
  thread_ts: z.string().optional(),
  reply_broadcast: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
});
const update = z.strictObject({ channel: z.string().min(1), ts: z.string(), ...content });
const hook = z.strictObject(content);

const no = (error: string): SlackAnswer => ({ ok: false, error });

const FAULTS = {
  ...COMMON_FAULTS,
  throttle: saying(no("ratelimited"), { status: 429, headers: { "retry-after": "30" } }),
} satisfies Record<string, Fault>;

/** Start the simulator. */
export async function startSlack(
  { token, channels, webhooks = [], app, ...options }: SlackOptions,
): Promise<Slack> {
  const workspace = new Workspace(channels);
  const presses = new Presses(app);
  const server = await serveVendor<SlackAnswer, SlackPosted, SlackFault>({
    faults: FAULTS,
    decide: (request, now) =>
      presses.respond(request) ??
        (webhooks.includes(request.url.pathname)
          ? workspace.hook(request, now)
          : workspace.call(request, { token, now })),
  }, options);
  const { now = Date.now } = options;
  return {
    ...server,
    messages: workspace.messages,
    ephemeral: presses.ephemeral,
    remove: (ts) => workspace.remove(ts),
    press: (title, user, channel = channels[0]!.id) =>
      presses.press({
        message: workspace.messages.findLast((message) => message.channel === channel)!,
        title,
        user,
        url: server.url,
        now: now(),
      }),
  };
}

/** The channels and their messages. */
class Workspace {
  readonly messages: SlackPosted[] = [];
  readonly #channels: readonly SlackChannel[];
  readonly #posts = new Budgets([{ messages: 1, per: 1_000 }]);
  readonly #edits = new Budgets([{ messages: 50, per: 60_000 }]);

  constructor(channels: readonly SlackChannel[]) {
    this.#channels = channels;
  }

  remove(ts: string): void {
    this.messages.splice(this.messages.findIndex((message) => message.ts === ts), 1);
  }

  /** A call of the Web API, which refuses in HTTP 200. */
  call(
    { method, url, headers, body }: Arrived,
    { token, now }: { token: string; now: number },
  ): Decided<SlackAnswer, SlackPosted> | undefined {
    const calls = { "/chat.postMessage": postMessage, "/chat.update": update };
    if (method !== "POST" || !Object.hasOwn(calls, url.pathname)) return undefined;
    const refuse = (error: string): Decided<SlackAnswer, SlackPosted> =>
      error === "ratelimited"
        ? { came: no(error), reply: { status: 429, headers: { "retry-after": "1" }, json: no(error) } }
        : { came: no(error), reply: { json: no(error) } };
    const given = headers.get("authorization");
    if (given === null) return refuse("not_authed");
    if (given !== `Bearer ${token}`) return refuse("invalid_auth");
    if (!/^application\/json; ?charset=utf-8$/i.test(headers.get("content-type") ?? "")) {
      return refuse("invalid_form_data");
    }
    const json = jsonOf(body);
    const { data, error } = calls[url.pathname as keyof typeof calls].safeParse(json);
    if (error) return refuse(errorOf(error));
    const channel = this.#channels.find(({ id, name }) => data.channel === id || data.channel === name);
    if (channel === undefined) return refuse("channel_not_found");
    const result = "ts" in data
      ? this.#edit(data, { channel, now })
      : this.#post(data, { channel, now, thread: data.thread_ts, isBroadcast: data.reply_broadcast });
    if (typeof result === "string") return refuse(result);
    const { ts, thread } = result;
    const answer = {
      ok: true,
      channel: channel.id,
      ts,
      message: { type: "message", ts, ...thread === undefined ? {} : { thread_ts: thread } },
    };
    return { came: answer, posted: result, reply: { json: answer } };
  }

  /** A webhook, which answers with a word. */
  hook({ method, body }: Arrived, now: number): Decided<SlackAnswer, SlackPosted> | undefined {
    if (method !== "POST") return undefined;
    const { data, error } = hook.safeParse(jsonOf(body));
    const channel = this.#channels[0]!;
    const result = error ? errorOf(error) : this.#post(data, { channel, now });
    if (typeof result !== "string") {
      return { came: "ok", posted: result, reply: { json: undefined, word: "ok" } };
    }
    return {
      came: result,
      reply: { status: result === "ratelimited" ? 429 : 400, json: undefined, word: result },
    };
  }

  #edit(
    { channel: id, ts, ...changed }: z.output<typeof update>,
    { channel, now }: { channel: SlackChannel; now: number },
  ): SlackPosted | string {
    if (id !== channel.id) return "channel_not_found"; // an edit needs the id
    if (this.#edits.refuse(channel.id, now)) return "ratelimited";
    const at = this.messages.findIndex((message) => message.ts === ts && message.channel === channel.id);
    const before = this.messages[at];
    if (before === undefined) return "message_not_found";
    const shown = shownOf(changed);
    if (typeof shown === "string") return shown;
    return this.messages[at] = { ...before, ...shown, rings: before.rings, edits: before.edits + 1 };
  }

  #post(
    posted: SlackContent,
    { channel, now, thread, isBroadcast = false }: {
      channel: SlackChannel;
      now: number;
      thread?: string | undefined;
      isBroadcast?: boolean | undefined;
    },
  ): SlackPosted | string {
    if (channel.hasApp === false) return "not_in_channel";
    if (this.#posts.refuse(channel.id, now)) return "ratelimited";
    const shown = shownOf(posted);
    if (typeof shown === "string") return shown;
    const isKnown = this.messages.some(({ ts, channel: of }) => ts === thread && of === channel.id);
    const message: SlackPosted = {
      ts: `${Math.floor(now / 1_000)}.${String(this.messages.length + 1).padStart(6, "0")}`,
      channel: channel.id,
      ...thread !== undefined && isKnown ? { thread } : {}, // a thread that is gone makes it a message
      isBroadcast,
      ...shown,
      edits: 0,
    };
    this.messages.push(message);
    return message;
  }
}

function errorOf({ issues: [issue] }: z.ZodError): string {
  const [part] = issue?.path ?? [];
  if (part === "blocks" || part === "attachments") return "invalid_blocks";
  return part === "text" ? "no_text" : "invalid_arguments";
}
