/**
 * Let the event loop turn once: what it reads meanwhile has begun to run, and what was answered is on its way. It takes two
 * steps, since what comes in the first is looked at in the second.
 */
export async function turnOfLoop(): Promise<void> {
  for (let step = 0; step < 2; step++) await new Promise((resolve) => setImmediate(resolve));
}
