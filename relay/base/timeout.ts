/**
 * The result of `work`, or of `late` if `work` takes longer than `ms` milliseconds. The work itself is not cancelled: it
 * runs on, and its result is ignored.
 */
export async function withTimeout<T, L>(work: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  const { promise: expired, resolve: expire } = Promise.withResolvers<void>();
  const timer = setTimeout(expire, ms);
  try {
    return await Promise.race([work, expired.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
