import { complaintText, type Door, readDoors } from "../../../relay/config/mod.ts";
import { formatTime } from "../../../relay/base/time.ts";
import type { Alert, IncomingAlert } from "../../../relay/domain/alert.ts";
import type { Group } from "../../../relay/domain/group.ts";
import { fingerprint } from "../../../relay/domain/fingerprint.ts";
import { type ExplainedPart, explainPayload } from "../../../relay/domain/mapping/explain.ts";
import type { WrongAlert } from "../../../relay/domain/mapping/map_payload.ts";
import type { Relay } from "../../../relay/relay.ts";
import { parseBody, unwrapNested } from "../../dialects/any_json.ts";
import { doorAlerts } from "../../dialects/door_alerts.ts";
import { RequestError } from "../../http/errors.ts";
import { tryOn } from "../rules/trial.ts";

/** At most this many alerts are shown. */
const SHOWN = 20;

/** The result of a mapping on a payload. */
export type MappingTrial =
  | { readonly complaints: readonly string[] }
  /** The payload cannot be read. */
  | { readonly unread: string }
  | {
    readonly alerts: readonly TriedAlert[];
    readonly counts: { readonly alerts: number; readonly wrong: number; readonly ignored: number };
  };

/** One alert of the payload. */
export interface TriedAlert {
  readonly index: number;
  readonly title: string;
  readonly wrong?: Omit<WrongAlert, "index">;
  readonly isIgnored: boolean;
  readonly parts: readonly TriedPart[];
  readonly labels: Alert["labels"];
  readonly told: ReturnType<typeof tryOn>["told"];
  /** An earlier alert of the payload that counts as the same. */
  readonly sameAs?: number | undefined;
}

/** A part of an alert: the result of its expression, and its converted form. */
export interface TriedPart extends ExplainedPart {
  /** The converted form, if it differs from the result. */
  readonly becomes?: string | undefined;
  /** The reason why the result is not used. */
  readonly problem?: "time" | "address" | "word" | undefined;
}

/** A mapping as YAML, and the payload as its sender sends it. */
export interface TrialInput {
  readonly mapping: string;
  readonly payload: string;
  readonly type: string;
}

/** Tries a mapping on a payload. Nothing is stored, and nothing is sent. @throws StoreError */
export async function tryMapping(
  { mapping, payload, type }: TrialInput,
  relay: Relay,
  { now }: { now: number },
): Promise<MappingTrial> {
  const { query: { config, channels } } = relay;
  const { timezone } = config;
  // Without the environment: its values are not for the page.
  const { doors, complaints } = await readDoors(mapping, { name: "YAML", env: {}, timezone });
  if (complaints.length > 0) return { complaints: complaints.map(complaintText) };
  const [door] = doors.values();
  if (door === undefined) return { complaints: ["YAML: has no door"] };
  let read: ReadPayload;
  try {
    read = await readPayload(door, { payload, type }, relay);
  } catch (error) {
    if (error instanceof RequestError) return { unread: error.message };
    throw error;
  }
  const calendars = await relay.query.onCall();
  const calendarOf = (group: Group): Group => calendars.calendarOf(group);
  const firsts = new Map<string, number>();
  const alerts = read.shown.map(({ index, result, parts }): TriedAlert => {
    if (result === "ignored" || "reason" in result) {
      const isIgnored = result === "ignored";
      return {
        index,
        title: "",
        ...isIgnored ? {} : { wrong: result },
        isIgnored,
        parts,
        labels: {},
        told: [],
      };
    }
    const { alert, identity } = result;
    const same = fingerprint(door.name, identity);
    const sameAs = firsts.get(same);
    if (sameAs === undefined) firsts.set(same, index);
    const { told, labels } = tryOn(alert.labels, { config, channels, calendarOf, now, named: door.group });
    const tried = allParts(parts, alert).map((part) => triedPart(part, alert, timezone));
    return { index, title: alert.title, isIgnored: false, parts: tried, labels, told, sameAs };
  });
  return { alerts, counts: read.counts };
}

interface ReadPayload {
  readonly shown: readonly {
    readonly index: number;
    readonly result: IncomingAlert | Omit<WrongAlert, "index"> | "ignored";
    readonly parts: readonly ExplainedPart[];
  }[];
  readonly counts: { readonly alerts: number; readonly wrong: number; readonly ignored: number };
}

/** @throws RequestError */
async function readPayload(
  door: Door,
  { payload, type }: { payload: string; type: string },
  { query: { config } }: Relay,
): Promise<ReadPayload> {
  const value = await parseBody(new TextEncoder().encode(payload), type || typeOf(payload));
  const { alerts, wrong, ignored } = await doorAlerts(value, door, config);
  const counts = { alerts: alerts.length, wrong: wrong.length, ignored };
  if (door.mapping === undefined) {
    const shown = alerts.slice(0, SHOWN).map((result, index) => ({ index, result, parts: [] }));
    return { shown, counts };
  }
  const options = { dialect: door.name, severities: config.severities, limit: SHOWN };
  const shown = explainPayload(unwrapNested(value), door.mapping, options);
  if (shown.length > 0) return { shown, counts };
  return { shown: wrong.map(({ index, ...result }) => ({ index, result, parts: [] })), counts };
}

/** The content type of a pasted payload: a form, or JSON. */
function typeOf(payload: string): string {
  return /^[\w.%-]+=/.test(payload) ? "application/x-www-form-urlencoded" : "application/json";
}

/** With the parts that every alert has, also if the mapping does not name them. */
function allParts(parts: readonly ExplainedPart[], alert: Alert): ExplainedPart[] {
  const always = ["status", "severity", ...parts.length === 0 ? ["title", "text"] : []];
  const missing = always.filter((name) => parts.every(({ part }) => part !== name));
  const found = (part: string): string | undefined =>
    part === "title" ? alert.title : part === "text" ? alert.text : undefined;
  return [
    ...missing.map((part) => ({ part, expressions: [], found: found(part), isAround: false })),
    ...parts,
  ];
}

function triedPart(part: ExplainedPart, alert: Alert, timezone: string): TriedPart {
  const time = (ms: number | null): TriedPart => ({
    ...part,
    ...ms !== null
      ? { becomes: formatTime(ms, { timezone }) }
      : part.found === undefined
      ? {}
      : { problem: "time" },
  });
  switch (part.part) {
    case "status":
      return { ...part, becomes: alert.status };
    case "severity":
      return {
        ...part,
        becomes: alert.severity,
        ...alert.severityText === undefined ? {} : { problem: "word" },
      };
    case "starts_at":
      return time(alert.startsAt);
    case "ends_at":
      return alert.status === "resolved" ? time(alert.endsAt) : part;
  }
  const [kind, name] = part.part.split(".");
  const isLost = kind === "links" && part.found !== undefined &&
    alert.links.every((link) => link.kind !== name);
  return isLost ? { ...part, problem: "address" } : part;
}
