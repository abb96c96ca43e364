import type { Labels } from "../../../relay/domain/alert.ts";
import { parseMatchers } from "../../../relay/domain/matcher.ts";

/** A pasted text as the labels of alerts, or its error with the position. */
export type Pasted =
  | { readonly alerts: readonly Labels[] }
  | { readonly wrong: "json" | "line" | "labels"; readonly at?: number; readonly because: string };

/** The most alerts of one payload that are tested. */
const MAX_TRIED = 20;

/** The most characters of a value that are tested: the log stores fewer. */
const VALUE_CHARS = 4_000;

/**
 * The labels in a text: Alertmanager's payload, its API's list, one alert, or a mapping of labels as JSON; or lines and
 * commas with `name="value"`, in braces or not, as Prometheus shows them.
 */
export function readPasted(text: string): Pasted {
  const trimmed = text.trim();
  if (trimmed === "") return { alerts: [] };
  return /^(?:\[|\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\}$))/.test(trimmed) ? readJson(trimmed) : readLines(text);
}

function readJson(text: string): Pasted {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: "json", because: (error as Error).message };
  }
  const found = alertsIn(value).slice(0, MAX_TRIED);
  const alerts = found.map(labelsOf).filter((labels) => labels !== undefined);
  return found.length > 0 && alerts.length === found.length ? { alerts } : { wrong: "labels", because: "" };
}

/** The labels' place in the pasted text. */
function alertsIn(value: unknown): unknown[] {
  const alerts = isMapping(value) && Array.isArray(value.alerts) ? value.alerts : value;
  return (Array.isArray(alerts) ? alerts : [alerts])
    .map((alert) => isMapping(alert) && isMapping(alert.labels) ? alert.labels : alert);
}

function labelsOf(value: unknown): Labels | undefined {
  if (!isMapping(value)) return undefined;
  const entries = Object.entries(value);
  const isText = entries.every(([, text]) => typeof text === "string" || typeof text === "number");
  return isText
    ? Object.fromEntries(entries.map(([name, text]) => [name, String(text).slice(0, VALUE_CHARS)]))
    : undefined;
}

function readLines(text: string): Pasted {
  const labels: [string, string][] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.trim().replace(/,$/, "");
    // Prometheus writes the metric's name before the braces.
    const [, inner] = /^[A-Za-z_:][A-Za-z0-9_:]*(\{[^]*\})$/.exec(words) ?? [];
    if (words === "") continue;
    try {
      for (const { name, operator, value } of parseMatchers(inner ?? words)) {
        if (operator !== "=") {
          return { wrong: "line", at: index + 1, because: `${name} ${operator}: a label has "="` };
        }
        labels.push([name, value.slice(0, VALUE_CHARS)]);
      }
    } catch (error) {
      return { wrong: "line", at: index + 1, because: (error as Error).message };
    }
  }
  return { alerts: [Object.fromEntries(labels)] };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
