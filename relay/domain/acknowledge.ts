import { eachEscalation, halted, resumed } from "./escalation.ts";
import type { Incident } from "./incident.ts";

/** An acknowledgement, and the incident's holder after it. */
export interface Acknowledgement {
  /** The person who acknowledges it. */
  readonly by: string;
  readonly now: number;
  /** Its end; without it, it does not expire. */
  readonly until?: number | undefined;
  /** The holder of the incident after the action, if the action names one. */
  readonly holder?: string | undefined;
  readonly snoozed?: boolean | undefined;
}

/** The fields of an incident that an acknowledgement sets. */
export type AcknowledgedFields = Pick<
  Incident,
  "known" | "knownBy" | "knownAt" | "knownUntil" | "snoozed" | "holder"
>;

/** The acknowledged incident. Its escalations are halted. */
export function acknowledged(
  incident: Incident,
  { by, now, until, holder, snoozed }: Acknowledgement,
): Incident {
  return {
    ...withoutAcknowledgement(incident),
    ...eachEscalation(incident.escalations, (one) => halted(one, now)),
    known: true,
    knownBy: by,
    knownAt: now,
    ...until === undefined ? {} : { knownUntil: until },
    ...snoozed ? { snoozed: true } : {},
    ...holder === undefined ? {} : { holder },
  };
}

/** The incident without its acknowledgement: it has no holder, and its escalations resume. */
export function unacknowledged(incident: Incident, now: number): Incident {
  return {
    ...withoutAcknowledgement(incident),
    ...eachEscalation(incident.escalations, (one) => resumed(one, now)),
    known: false,
  };
}

/** The acknowledgement of an incident, for the incident that replaces it after another alert. */
export function acknowledgementOf(
  { known, knownBy, knownAt, knownUntil, snoozed, holder }: AcknowledgedFields,
): AcknowledgedFields {
  return {
    known,
    ...knownBy === undefined ? {} : { knownBy },
    ...knownAt === undefined ? {} : { knownAt },
    ...knownUntil === undefined ? {} : { knownUntil },
    ...snoozed ? { snoozed } : {},
    ...holder === undefined ? {} : { holder },
  };
}

/** Whether a person acknowledged an incident. A closed one is stored as `known` in any case. */
export function isAcknowledged({ known, knownAt }: Pick<Incident, "known" | "knownAt">): boolean {
  return known && knownAt !== undefined;
}

/** The person responsible for an open incident: its holder, else the person who acknowledged it. */
export function whoHas(incident: AcknowledgedFields): string | undefined {
  if (!isAcknowledged(incident) || incident.snoozed) return undefined;
  return incident.holder ?? incident.knownBy;
}

function withoutAcknowledgement(incident: Incident): Incident {
  const { knownBy: _by, knownAt: _at, knownUntil: _until, snoozed: _snoozed, holder: _holder, ...rest } =
    incident;
  return rest;
}
