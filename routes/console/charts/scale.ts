/** The heights of an axis, in the unit of its figures: 0, half, and the end. */
export interface Scale {
  readonly end: number;
  readonly marks: readonly number[];
}

/** Ends of an axis within a power of ten, whose halves are whole numbers from 2 on. */
const ENDS = [1, 2, 4, 6, 8, 10];

/** An axis from 0 to a round number that contains all values. Counts have no halves: the smallest end is 2. */
export function scaleFor(values: readonly number[]): Scale {
  const most = Math.max(2, ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  const end = power * ENDS.find((end) => end * power >= most && end * power >= 2)!;
  return { end, marks: [0, end / 2, end] };
}

/** A part of a whole as a percentage for SVG; three digits are finer than any screen. */
export function percent(part: number, whole: number): string {
  return `${Number((100 * part / whole).toFixed(3))}%`;
}
