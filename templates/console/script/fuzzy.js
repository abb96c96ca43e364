/*
 * Scores how well a text matches the typed letters: 0 when it does not have them all, in their order; more when they are adjacent or
 * begin words.
 */
export function score(typed, text) {
  const needle = typed.toLowerCase().replaceAll(/\s+/g, " ");
  const hay = text.toLowerCase();
  if (needle === "") return 1;
  const at = hay.indexOf(needle);
  if (at >= 0) return 1000 - Math.min(at, 500) + (at === 0 || /\W/.test(hay[at - 1]) ? 200 : 0);
  let points = 1;
  let from = 0;
  for (const letter of needle.replaceAll(" ", "")) {
    const next = hay.indexOf(letter, from);
    if (next < 0) return 0;
    points += next === 0 || /\W/.test(hay[next - 1]) ? 10 : next === from ? 5 : 0;
    from = next + 1;
  }
  return points;
}
