/**
 * Slack's interactions: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload, signed as in
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 *
 * @module
 */
import { createHmac } from "node:crypto";
import {
  type CallbackAnswer,
  type CallbackFixture,
  type CallbackOutcome,
  type CallbackReading,
  type CallbackRequest,
  sameSecret,
} from "../../relay/channel.ts";
import { fieldsIn, fieldsOf } from "../_answers/json.ts";
import { isStale, STALE } from "../_callback/call_time.ts";

/** Read an interaction. `secret`: the app's signing secret. */
export function readInteraction(
  secret: string,
  { headers, body }: CallbackRequest,
  { now }: { now: number },
): CallbackReading {
  const time = headers.get("x-slack-request-timestamp") ?? "";
  const signature = headers.get("x-slack-signature") ?? "";
  if (!sameSecret(signature, signatureOf(body, { secret, time }))) {
    return { refused: "the signature is wrong: check the signing secret" };
  }
  if (isStale(Number(time) * 1_000, now)) return STALE;
  const { type, user, actions, trigger_id, response_url } = fieldsIn(
    new URLSearchParams(body).get("payload") ?? "",
  );
  const values = Array.isArray(actions) ? actions.map((action) => fieldsOf(action).value) : [];
  const codes = values.filter((value) => typeof value === "string");
  const { id, name, username = name } = fieldsOf(user);
  // Slack also reports a button that only opens a link.
  if (type !== "block_actions" || codes.length === 0 || typeof id !== "string") return { answer: {} };
  return {
    actions: codes.map((code) => ({ code })),
    user: { ids: [id], name: typeof username === "string" ? username : undefined },
    once: typeof trigger_id === "string" ? trigger_id : signature,
    answer: (outcome) => answerTo(outcome, response_url),
  };
}

/** The message itself shows a change; any other outcome is sent to the person only. */
function answerTo({ kind, text }: CallbackOutcome, url: unknown): CallbackAnswer {
  if (kind === "done" || typeof url !== "string") return {};
  return { then: { url, json: { response_type: "ephemeral", replace_original: false, text } } };
}

/** The call as Slack makes it when a button is pressed, for fixtures. */
export const PRESSED: CallbackFixture<{ readonly signing_secret?: string | undefined }> = {
  about: "a button is pressed",
  request: ({ signing_secret: secret = "" }, { code, now, id }) => {
    const payload = {
      type: "block_actions",
      user: { id: "U0000001", username: "li.lei", name: "li.lei", team_id: "T1" },
      container: { type: "message", message_ts: "1503435956.000247", channel_id: "C0123456789" },
      trigger_id: id,
      response_url: "https://hooks.slack.com/actions/T1/1/x",
      actions: [{
        type: "button",
        action_id: "act-0",
        block_id: "b",
        value: code,
        action_ts: `${now / 1_000}`,
      }],
    };
    return signedCall(`payload=${encodeURIComponent(JSON.stringify(payload))}`, { secret, now });
  },
  reads: "code",
  user: "U0000001",
};

/** A call with Slack's signature. */
export function signedCall(
  body: string,
  { secret, now }: { secret: string; now: number },
): { readonly headers: Record<string, string>; readonly body: string } {
  const time = String(Math.floor(now / 1_000));
  return {
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": time,
      "x-slack-signature": signatureOf(body, { secret, time }),
    },
    body,
  };
}

function signatureOf(body: string, { secret, time }: { secret: string; time: string }): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${time}:${body}`).digest("hex")}`;
}
