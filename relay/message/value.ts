import { labelOf, type Labels } from "../domain/alert.ts";
import { cut, oneLine } from "../base/text.ts";

/** Annotations with the value that made the alert fire, the most reliable first. */
const VALUE_ANNOTATIONS = ["value", "current_value", "currentValue", "current", "values", "Value", "VALUE"];

/** The significant digits that people need. */
const DIGITS = 4;

/** A separate decimal number: not part of a version, an address, a time or a name. */
const DECIMAL = /(?<![\p{L}\p{N}_.]|\d:)\d+\.\d+(?:[eE][+-]?\d+)?(?![\p{L}_]*\d|\.\d)/gu;

/** The value that made an alert fire, rounded: `97.32`, `A=81.5, B=1`; empty when its sender gave none. */
export function valueOf({ labels, annotations }: { labels: Labels; annotations: Labels }): string {
  for (const name of VALUE_ANNOTATIONS) {
    const value = oneLine(cut(labelOf(annotations, name) ?? "", { chars: 1_000 }));
    if (value !== "") return cut(rounded(value, 2), { chars: 100 });
  }
  return cut(rounded(oneLine(labelOf(labels, "value") ?? ""), 2), { chars: 100 });
}

/** A text with its long decimal numbers cut to four significant digits: those with more than `decimals` decimals. */
export function rounded(text: string, decimals = 4): string {
  if (!/\.\d{3}|\d[eE][+-]?\d/.test(text)) return text;
  return text.replace(DECIMAL, (number) => {
    const [, fraction = ""] = /\.(\d+)/.exec(number) ?? [];
    if (fraction.length <= decimals && !/e/i.test(number)) return number;
    return roundNumber(Number(number)) ?? number;
  });
}

function roundNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Math.abs(value) >= 10 ** (DIGITS - 1)) {
    return Math.abs(value) < 1e15 ? String(Math.round(value)) : undefined;
  }
  return String(Number(value.toPrecision(DIGITS)));
}
