/**
 * Waits for one turn of the event loop: pending input is being handled, and answers are being sent. It needs two steps,
 * because input that arrives in the first is handled in the second.
 */
export async function turnOfLoop(): Promise<void> {
  for (let step = 0; step < 2; step++) await new Promise((resolve) => setImmediate(resolve));
}
