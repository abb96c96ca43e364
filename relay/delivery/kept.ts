/** Close what a channel has kept open. What does not close by itself is no fault of any message. */
export async function disposeAll(kept: Map<string, AsyncDisposable>): Promise<void> {
  const open = [...kept.values()];
  kept.clear();
  await Promise.allSettled(open.map(async (one) => await one[Symbol.asyncDispose]()));
}
