/**
 * PagerDuty's webhooks, version 3: https://developer.pagerduty.com/docs/webhooks-overview, signed as in
 * https://developer.pagerduty.com/docs/verifying-webhook-signatures
 *
 * @module
 */
import { createHmac } from "node:crypto";
import {
  type Action,
  type CallbackFixture,
  type CallbackReading,
  type CallbackRequest,
  cut,
  sameSecret,
} from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";

/** Our choice: PagerDuty retries an event for about 20 minutes, and then sends the events that have queued meanwhile. */
const MAX_AGE = 6 * 60 * 60_000;

/** Our choice: the most characters of a name. */
const NAME_CHARS = 60;

const HEADER = "x-pagerduty-signature";

/** Read an event. `secret`: the one that PagerDuty showed when the webhook was created. */
export function readEvent(
  secret: string,
  { headers, body, json }: CallbackRequest,
  { now }: { now: number },
): CallbackReading {
  // There are several while the secret is rotated.
  const signatures = (headers.get(HEADER) ?? "").split(",").map((one) => one.trim());
  const right = signatureOf(body, secret);
  if (!signatures.some((one) => sameSecret(one, right))) {
    return { refused: "the signature is wrong: check the webhook's secret" };
  }
  const { id, event_type, occurred_at, agent, data } = fieldsOf(fieldsOf(json).event);
  const at = Date.parse(String(occurred_at));
  if (!(Math.abs(at - now) <= MAX_AGE)) {
    return { refused: "the event is more than six hours away: check the relay's clock" };
  }
  const { incident_key, assignees } = fieldsOf(data);
  const { id: userId, type, summary } = fieldsOf(agent);
  const action = actionOf(event_type, assignees);
  // An event that the relay caused has the integration as its agent.
  const isByPerson = type === "user_reference" && typeof userId === "string";
  if (!action || !isByPerson || typeof incident_key !== "string" || typeof id !== "string") {
    return { answer: {} };
  }
  return {
    actions: [{ fingerprint: incident_key, action, at }],
    user: { ids: [userId], name: typeof summary === "string" ? summary : undefined },
    once: id,
    answer: ({ kind, text }) =>
      kind === "failed" || kind === "pending"
        ? { status: 503, text } // PagerDuty sends it again
        : { status: 202, text },
  };
}

function actionOf(event: unknown, assignees: unknown): Action | undefined {
  switch (event) {
    case "incident.acknowledged":
      return { kind: "acknowledge" };
    case "incident.unacknowledged":
      return { kind: "unacknowledge" };
    case "incident.resolved":
      return { kind: "close" };
    case "incident.reopened":
      return { kind: "reopen" };
    case "incident.reassigned": {
      const [assignee] = Array.isArray(assignees) ? assignees : [];
      const { summary } = fieldsOf(assignee);
      const name = typeof summary === "string" ? cut(summary.trim(), { chars: NAME_CHARS }) : "";
      return name === "" ? undefined : { kind: "assign", to: name };
    }
  }
}

/** The part of the config that verifies an event. */
interface Verifying {
  readonly webhook_secret?: string | undefined;
}

/** An event as PagerDuty sends it, for fixtures. */
function event(type: string, reads: CallbackFixture<Verifying>["reads"]): CallbackFixture<Verifying> {
  return {
    about: type,
    request: ({ webhook_secret = "" }, { fingerprint, now, id }) => {
      const user = { id: "PLH1HKV", type: "user_reference", summary: "Li Lei" };
      const body = JSON.stringify({
        event: {
          id,
          event_type: type,
          resource_type: "incident",
          occurred_at: new Date(now).toISOString(),
          agent: user,
          client: { name: "PagerDuty" },
          data: {
            id: "PGR0VU2",
            type: "incident",
            number: 2,
            status: "acknowledged",
            incident_key: fingerprint,
            title: "A little bump in the road",
            assignees: [{ ...user, id: "PTUXL6G", summary: "Han Meimei" }],
          },
        },
      });
      return {
        headers: { "content-type": "application/json", [HEADER]: signatureOf(body, webhook_secret) },
        body,
      };
    },
    reads,
    ...reads === "nothing" ? {} : { user: "PLH1HKV" },
  };
}

/** Events of people's actions, and events that the relay ignores. */
export const EVENTS: readonly CallbackFixture<Verifying>[] = [
  event("incident.acknowledged", "acknowledge"),
  event("incident.unacknowledged", "unacknowledge"),
  event("incident.resolved", "close"),
  event("incident.reopened", "reopen"),
  event("incident.reassigned", "assign"),
  event("incident.triggered", "nothing"),
  event("pagey.ping", "nothing"),
];

function signatureOf(body: string, secret: string): string {
  return `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
