/*
 * Reads how many incidents are open: { open, unacknowledged, more, worst }, or undefined when the relay does not say.
 */
export async function readPulse(base) {
  try {
    const answer = await fetch(`${base}/frame`, { headers: { accept: "application/json" } });
    return answer.status === 200 ? await answer.json() : undefined;
  } catch {
    // No connection, one that broke within the answer, or a proxy's page in place of it.
  }
}
