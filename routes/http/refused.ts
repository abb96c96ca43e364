import type { Context } from "hono";
import type { Relay } from "../../relay/relay.ts";
import type { RefusedBody } from "../../relay/domain/sender_refusal.ts";
import { intakeSender } from "./auth.ts";
import { readBytes } from "./body.ts";
import { beginningOf } from "./body_beginning.ts";
import { decodeText } from "./charset.ts";
import { DOORS } from "../dialects/doors.ts";
import { groupNamed } from "../../relay/config/named_group.ts";
import { PAYLOAD_ALERTS, PAYLOAD_BYTES } from "./payload.ts";
import { addressOf } from "./remote_address.ts";

/** A request that a door refused. */
export interface RefusedRequest {
  readonly door: string;
  /** The HTTP status, or the door's own code. */
  readonly status: number;
  readonly reason: string;
}

/** Record the sender of a request, once a credential has proved it, and the group that the request is for. */
export function setSender(c: Context, sender: string, group?: string): void {
  c.set("sender", sender);
  c.set("group", group);
}

/** Count and log a refused request, and notify people if its sender is known. A 5xx is only counted: the sender retries. */
export async function noteRefusal(c: Context, relay: Relay, refused: RefusedRequest): Promise<void> {
  relay.metrics.refused(refused.door, refused.status);
  if (refused.status >= 500 && refused.status < 600) return;
  const { door, status, reason } = refused;
  const origin = await originOf(c, relay, door);
  // A GET or a preflight carries no alert, and neither does a page that uses the password its browser keeps.
  const isSender = !["GET", "HEAD", "OPTIONS"].includes(c.req.method) && status !== 401 && status !== 403;
  const sender = isSender ? origin.sender : undefined;
  const refusal = { door, status, reason, ...origin, sender };
  const keep = relay.commands.refusals.note(refusal, relay.query.clock.now());
  if (keep === undefined || door === "callback") return; // what vendors call back is no alert
  const body = await bodyOf(c.req.raw, { isKnown: sender !== undefined });
  if (body) await keep(body);
}

/**
 * The beginning of a refused request's body. That of a known sender is read now if it was not: people want to see it.
 */
async function bodyOf(request: Request, { isKnown }: { isKnown: boolean }): Promise<RefusedBody | undefined> {
  if (isKnown && beginningOf(request) === undefined && !request.bodyUsed) {
    await readBytes(request).catch(() => {});
  }
  const body = beginningOf(request);
  if (body === undefined || body.bytes === 0) return undefined;
  const { beginning, bytes } = body;
  const type = request.headers.get("content-type") ?? "";
  const isCut = beginning.byteLength < bytes;
  try {
    return { text: decodeText(beginning, type, { isCut }), bytes, type };
  } catch {
    return { text: new TextDecoder().decode(beginning), bytes, type };
  }
}

/**
 * Note that a request was accepted, so its sender is no longer in trouble. A request that was accepted in part counts as
 * refused, because the rest is never sent again.
 */
export async function noteAccepted(
  c: Context,
  relay: Relay,
  { door, leftOut = 0, wrong = [] }: {
    door: string;
    leftOut?: number;
    /** The alerts of the request that could not be read. */
    wrong?: readonly { readonly reason: string }[];
  },
): Promise<void> {
  const [first] = wrong;
  if (first) {
    const others = wrong.length > 1 ? ` (and ${wrong.length - 1} more alerts)` : "";
    await noteRefusal(c, relay, { door, status: 422, reason: `${first.reason}${others}` });
    if (leftOut === 0) return;
  }
  if (leftOut > 0) {
    const reason =
      `${leftOut} alerts are left out, because the payload is over ${PAYLOAD_BYTES / 2 ** 20} MiB or ` +
      `${PAYLOAD_ALERTS} alerts: send smaller groups, or set max_alerts`;
    return await noteRefusal(c, relay, { door, status: 413, reason });
  }
  if (relay.commands.refusals.hasOpen) {
    relay.commands.refusals.accepted({ door, ...await originOf(c, relay, door) }, relay.query.clock.now());
  }
}

async function originOf(
  c: Context,
  relay: Relay,
  door: string,
): Promise<{ from: string; sender: string | undefined; group: string | undefined }> {
  const { config } = relay.query;
  const named = /^\/(?:webhook|dingtalk|ocp)\/(.+?)(?:\/send)?$/.exec(c.req.path)?.[1];
  const group = c.get("group") ?? (named === undefined ? undefined : groupNamed(named, config));
  const intakeDoor = DOORS.find((one) => one === door);
  // Other doors check their own credentials, and call `setSender`.
  const isIntake = intakeDoor !== undefined || door === "none";
  // During an outage of the store, an API token cannot be checked.
  const sender = c.get("sender") ??
    (isIntake
      ? await intakeSender(c.req.raw, { relay, door: intakeDoor }).catch(() => undefined)
      : undefined);
  return {
    from: addressOf(c, config.proxies),
    sender,
    group: group !== undefined && config.groups.has(group) ? group : undefined,
  };
}
