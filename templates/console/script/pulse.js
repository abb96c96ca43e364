/*
 * Reads the number of open incidents: { open, unacknowledged, more, worst }, or undefined without an answer of the
 * relay.
 */
export async function readPulse(base) {
  try {
    const answer = await fetch(`${base}/frame`, { headers: { accept: "application/json" } });
    return answer.status === 200 ? await answer.json() : undefined;
  } catch {
    // No connection, a broken connection, or a proxy's page instead of the answer.
  }
}
