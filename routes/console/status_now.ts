import type { Status } from "../../relay/alert.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Incident } from "../../relay/window.ts";

/** How an alert of the log stands now. `fired`: it fired, and its incident is over, or no longer kept. */
export type StatusNow = Status | "fired";

/** An alert's status now: one that fired still fires only while its incident is open. */
export function statusNow(status: Status, incident: Pick<Incident, "closedAt"> | undefined): StatusNow {
  if (status === "resolved") return "resolved";
  return incident?.closedAt === null ? "firing" : "fired";
}

/** Alerts of a message that are looked at: the first ones are the most urgent. */
const LOOKED_AT = 5;

/** How messages stand now: one that told of firing alerts still does while the incident of one of them is open. @throws StoreError */
export async function messagesNow<
  M extends { readonly status: Status; readonly about?: readonly { readonly id: string }[] },
>(messages: readonly M[], { store: { records } }: Relay): Promise<(M & { now: StatusNow })[]> {
  const idsOf = ({ status, about = [] }: M): string[] =>
    status === "resolved" ? [] : about.slice(0, LOOKED_AT).map(({ id }) => id);
  const alerts = await records.alerts(messages.flatMap(idsOf));
  const incidents = await records.incidents([...alerts.values()].flatMap(({ incident }) => incident ?? []));
  return messages.map((message) => {
    const open = idsOf(message).map((id) => incidents.get(alerts.get(id)?.incident ?? ""))
      .find((incident) => incident?.closedAt === null);
    return { ...message, now: statusNow(message.status, open) };
  });
}
