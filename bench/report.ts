import { type Bound, type Figure, holds, type Outcome } from "./figure.ts";

/** A figure that was measured, or the reason why it was not. */
export interface Measured {
  readonly figure: Figure;
  readonly outcome: Outcome | { readonly kind: "failed"; readonly because: string };
  readonly seconds: number;
}

/** Whether a figure keeps its bound. */
export function isGood({ figure, outcome }: Measured): boolean {
  return outcome.kind !== "failed" && holds(figure, outcome);
}

/** All figures as an aligned table. */
export function tableOf(all: readonly Measured[]): string {
  const rows = [
    ["figure", "what", "relay", "floor", "ratio", "must be", "", "floor: what it is"],
    ...all.flatMap(rowsOf),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]!))));
  return rows.map((row) =>
    row.map((cell, column) => cell + " ".repeat(widths[column]! - widthOf(cell))).join("  ").trimEnd()
  ).join("\n");
}

/** All figures for programs. */
export function jsonOf(all: readonly Measured[], machine: Readonly<Record<string, unknown>>): string {
  const figures = all.map(({ figure, outcome, seconds }) => ({
    name: figure.name,
    title: figure.title,
    floorIs: figure.floor,
    unit: figure.unit,
    bound: figure.bound,
    ok: isGood({ figure, outcome, seconds }),
    ...outcome.kind === "ratio" ? { ratio: outcome.value / outcome.floor } : {},
    ...outcome,
    seconds,
  }));
  return JSON.stringify({ ok: all.every(isGood), machine, figures }, null, 2);
}

function rowsOf(measured: Measured): string[][] {
  const { figure, outcome } = measured;
  const verdict = isGood(measured) ? "ok" : "SHORT";
  const { name, title, floor, unit, bound } = figure;
  switch (outcome.kind) {
    case "failed":
      return [[name, title, "–", "–", "–", boundText(bound), "FAILED", outcome.because]];
    case "promises":
      return [[name, title, "–", "–", "–", "kept", verdict, outcome.note]];
    case "skipped":
      return [[name, title, "–", "–", "–", "–", "skipped", outcome.because]];
    case "beside":
      return outcome.rows.map(({ what, unit, value, other }) => [
        name,
        what,
        ...shown(unit, value, other),
        "–",
        "",
        `${floor} (${outcome.note})`,
      ]);
    case "ratio": {
      const { value, floor: low, note } = outcome;
      const is = note === undefined ? floor : `${floor} (${note})`;
      return [[name, title, ...shown(unit, value, low), boundText(bound), verdict, is]];
    }
  }
}

/** A value, its floor, and their ratio. */
function shown(unit: string, value: number, floor: number): string[] {
  return [...[value, floor].map((number) => `${rounded(number)} ${unit}`), (value / floor).toFixed(2)];
}

function boundText(bound: Bound | undefined): string {
  if (bound === undefined) return "kept";
  return "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
}

function rounded(number: number): string {
  return number >= 100 ? Math.round(number).toLocaleString("en") : number.toPrecision(3);
}

/** The columns of a text: Chinese characters take two each, and there are none here. */
function widthOf(text: string): number {
  return [...text].length;
}
