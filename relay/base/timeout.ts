/**
 * What `work` comes to, or what `late` returns or throws when it takes longer than `ms` milliseconds. The work itself
 * cannot be taken back: it runs on, and what it comes to then is ignored.
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
