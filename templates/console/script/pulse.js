/*
 * How many incidents are open: { open, unacknowledged, more, worst }; nothing while it cannot be counted.
 */
export async function readPulse(base) {
  const answer = await fetch(`${base}/frame`, { headers: { accept: "application/json" } }).catch(() =>
    undefined
  );
  return answer?.status === 200 ? await answer.json() : undefined;
}
