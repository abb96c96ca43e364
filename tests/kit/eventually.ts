/** The time limit and the interval of the requests: milliseconds. */
export interface EventuallyOptions {
  readonly within?: number;
  readonly every?: number;
}

/**
 * Ask until there is an answer: for changes in another process, which emit no event.
 *
 * @param what Completes "Waited in vain for …".
 * @throws Error when there is none in time, with the last error.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { within = 10_000, every = 50 }: EventuallyOptions = {},
): Promise<T> {
  const end = Date.now() + within;
  let last: unknown = "no answer yet";
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  } while (Date.now() < end);
  throw new Error(
    `Waited in vain for ${what} (${within} ms): ${last instanceof Error ? last.message : last}`,
  );
}
