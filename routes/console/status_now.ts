import type { Status } from "../../relay/domain/alert.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Incident } from "../../relay/domain/incident.ts";

/** The current status of a logged alert. `fired`: it fired, and its incident is closed or no longer stored. */
export type StatusNow = Status | "fired";

/** An alert's current status: one that fired is firing only while its incident is open. */
export function statusNow(status: Status, incident: Pick<Incident, "closedAt"> | undefined): StatusNow {
  if (status === "resolved") return "resolved";
  return incident?.closedAt === null ? "firing" : "fired";
}

/** At most this many alerts of a message are checked: the most urgent come first. */
const MAX_CHECKED = 5;

/**
 * Messages with their current status: a firing one is firing while the incident of one of its alerts is open. @throws
 * StoreError
 */
export async function messagesNow<
  M extends { readonly status: Status; readonly about?: readonly { readonly id: string }[] },
>(messages: readonly M[], { query }: Relay): Promise<(M & { now: StatusNow })[]> {
  const idsOf = ({ status, about = [] }: M): string[] =>
    status === "resolved" ? [] : about.slice(0, MAX_CHECKED).map(({ id }) => id);
  const alerts = await query.alerts.getMany(messages.flatMap(idsOf));
  const incidents = await query.incidents.getMany(
    [...alerts.values()].flatMap(({ incident }) => incident ?? []),
  );
  return messages.map((message) => {
    const open = idsOf(message).map((id) => incidents.get(alerts.get(id)?.incident ?? ""))
      .find((incident) => incident?.closedAt === null);
    return { ...message, now: statusNow(message.status, open) };
  });
}
