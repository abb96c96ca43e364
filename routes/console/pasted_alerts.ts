import { z } from "zod";
import type { Alert } from "../../relay/domain/alert.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { parseInTurns } from "../dialects/alertmanager.ts";
import { parseOcpPush } from "../dialects/ocp/push.ts";
import { OcpRefusal } from "../dialects/ocp/answer.ts";
import { readPasted } from "./rules/pasted.ts";

/** The error of a pasted text; `because`: the message of the dialect that would refuse it, or of the parser. */
export interface UnreadPaste {
  readonly wrong: "json" | "line" | "labels" | "payload";
  readonly at?: number;
  readonly because: string;
}

/** The most alerts in one message. */
const MAX_ALERTS = 20;

/** The most characters of the text that are read: a payload of a few alerts is shorter. */
const TEXT_CHARS = 200_000;

const ocpPush = z.looseObject({ alarmType: z.string() });

/**
 * The alerts in a pasted text, parsed as their dialects do: a payload of Alertmanager or Grafana, the list of Alertmanager's
 * API, one alert, labels, or an alarm that OCP pushes.
 */
export async function readPastedAlerts(
  text: string,
  { query: { config } }: Relay,
  { now }: { now: number },
): Promise<readonly Alert[] | UnreadPaste> {
  const trimmed = text.trim().slice(0, TEXT_CHARS);
  const body = jsonIn(trimmed);
  try {
    if (ocpPush.safeParse(body).success) {
      const { incoming } = parseOcpPush(body, { rules: config.ocpRules, severities: config.severities, now });
      return [incoming.alert];
    }
    const payload = payloadIn(body);
    const read = payload ? { payload } : labelled(trimmed);
    if ("wrong" in read) return read;
    const parsed = await parseInTurns(read.payload, config);
    if (parsed.length === 0) return { wrong: "labels", because: "" };
    return parsed.slice(0, MAX_ALERTS).map(({ alert }) => alert);
  } catch (error) {
    if (error instanceof RequestError || error instanceof OcpRefusal) {
      return { wrong: "payload", because: error.message };
    }
    throw error;
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON value as the payload of a webhook: a payload unchanged; a list of alerts or one alert in an envelope. */
function payloadIn(body: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  if (Array.isArray(body)) return body.every(hasLabels) ? { alerts: body.map(firing) } : undefined;
  if ("alerts" in body || "state" in body || "evalMatches" in body) return body as Record<string, unknown>;
  return hasLabels(body) ? { alerts: [firing(body)] } : undefined;
}

function hasLabels(value: unknown): boolean {
  return typeof value === "object" && value !== null && "labels" in value;
}

/** Alertmanager's API gives a status in another form than its webhook. */
function firing(alert: object): object {
  const { status } = alert as { status?: unknown };
  return { ...alert, status: typeof status === "string" ? status : "firing" };
}

/** Labels, parsed like those of the rules' trial, in an envelope. */
function labelled(text: string): { readonly payload: Readonly<Record<string, unknown>> } | UnreadPaste {
  const read = readPasted(text);
  if ("wrong" in read) return read;
  return { payload: { alerts: read.alerts.map((labels) => ({ status: "firing", labels })) } };
}
