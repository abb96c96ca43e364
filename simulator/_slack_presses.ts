/**
 * Presses of buttons, as Slack reports them to an app: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Arrived } from "./_loopback.ts";
import type { SlackShown } from "./_slack_message.ts";
import { type Decided, jsonOf } from "./_vendor_server.ts";

/** The app's side of interactivity. */
export interface SlackApp {
  readonly signingSecret: string;
  /** Makes the call to the app's request URL. */
  readonly call: (request: { headers: Record<string, string>; body: string }) => Promise<Response>;
}

/** A press, as the person sees it. */
export interface SlackPress {
  /** The status of the app's answer; Slack shows an error for all but 200. */
  readonly status: number;
  /** The call, for a test that replays it. */
  readonly call: { readonly headers: Record<string, string>; readonly body: string };
}

/** The options of {@linkcode Presses.press}. */
export interface Pressing {
  readonly message: SlackShown & { readonly ts: string; readonly channel: string };
  /** The button's title. */
  readonly title: string;
  readonly user: { readonly id: string; readonly name: string };
  /** The simulator's address. */
  readonly url: string;
  readonly now: number;
}

/** Reports presses to the app, and receives its ephemeral messages. */
export class Presses {
  /** The app's ephemeral messages, each with the id of the only user who sees it, in order. */
  readonly ephemeral: { readonly user: string; readonly text: string }[] = [];
  readonly #app: SlackApp | undefined;
  readonly #users = new Map<string, string>();

  constructor(app: SlackApp | undefined) {
    this.#app = app;
  }

  /** Report a press. @throws Error when the message has no such button */
  async press({ message, title, user, url, now }: Pressing): Promise<SlackPress> {
    const app = this.#app;
    const button = message.buttons.find((one) => one.title === title);
    if (!app || !button) throw new Error(`Cannot press "${title}": there is no such button, or no app`);
    const path = `/actions/T0000001/${this.#users.size + 1}/x`;
    this.#users.set(path, user.id);
    const payload = {
      type: "block_actions",
      user: { id: user.id, username: user.name, name: user.name, team_id: "T0000001" },
      api_app_id: "A0000001",
      container: {
        type: "message",
        message_ts: message.ts,
        channel_id: message.channel,
        is_ephemeral: false,
      },
      trigger_id: `${now}.${this.#users.size}`,
      channel: { id: message.channel, name: "alerts" },
      response_url: `${url}${path}`,
      actions: [{
        type: "button",
        action_id: "link-0",
        block_id: "b",
        text: { type: "plain_text", text: title },
        ...button.value === undefined ? {} : { value: button.value },
        action_ts: String(now / 1_000),
      }],
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const time = String(Math.floor(now / 1_000));
    const signature = createHmac("sha256", app.signingSecret).update(`v0:${time}:${body}`).digest("hex");
    const call = {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": time,
        "x-slack-signature": `v0=${signature}`,
      },
      body,
    };
    const response = await app.call(call);
    await response.body?.cancel();
    return { status: response.status, call };
  }

  /** Receives what an app sends to a response URL; `undefined` for any other path. */
  respond({ method, url, body }: Arrived): Decided<string, never> | undefined {
    const user = this.#users.get(url.pathname);
    if (user === undefined || method !== "POST") return undefined;
    const { data } = reply.safeParse(jsonOf(body));
    if (!data) {
      return { came: "invalid_payload", reply: { status: 400, json: undefined, word: "invalid_payload" } };
    }
    this.ephemeral.push({ user, text: data.text });
    return { came: "ok", reply: { json: undefined, word: "ok" } };
  }
}

const reply = z.strictObject({
  response_type: z.literal("ephemeral"),
  replace_original: z.literal(false),
  text: z.string().min(1),
});
