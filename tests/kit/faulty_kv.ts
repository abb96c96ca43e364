/**
 * An occasional fault of a remote database at a commit: it applies the commit and answers "no", applies it without an
 * answer, does neither, or applies it long after the caller has given up.
 *
 * A commit without an answer is aborted here, like at a deadline, once all other work had its turn: the caller gets
 * the same information as from a deadline, and a busy machine with slow answers does not change the result. So give
 * the store a deadline that no regular answer misses; `tests/relay/store/guard_test.ts` is about deadlines.
 */
export type CommitFault = "lands, says no" | "lands, says nothing" | "is lost" | "lands late";

/** A database with faults that a test chooses. */
export interface FaultyKv {
  readonly kv: Deno.Kv;
  /** Called before each commit, which waits for its result. */
  onCommit: (number: number) => CommitFault | undefined | Promise<CommitFault | undefined>;
  /** Called before each operation other than a commit: the operation fails with the error that it throws. */
  onRead: () => void;
  /** Called with the entries of each listing, before the relay gets them. */
  onList: ((entries: readonly Deno.KvEntry<unknown>[]) => Promise<void>) | undefined;
  /** Applies the late commits. @returns the number of those that were still valid */
  landLate(): Promise<number>;
}

/** Puts a faulty database in front of a real one. */
export function faultyKv(real: Deno.Kv): FaultyKv {
  let commits = 0;
  const late: (() => Promise<Deno.KvCommitResult | Deno.KvCommitError>)[] = [];
  const unanswered = (): Promise<never> =>
    new Promise((_, reject) => setTimeout(() => reject(new Error("the connection was cut off")), 0));

  const wrapAtomic = (operation: Deno.AtomicOperation): Deno.AtomicOperation =>
    new Proxy(operation, {
      get(target, name): unknown {
        if (name === "commit") {
          return async () => {
            switch (await faulty.onCommit(commits++)) {
              case "lands, says no":
                await target.commit();
                return { ok: false };
              case "lands, says nothing":
                await target.commit();
                return await unanswered();
              case "is lost":
                return await unanswered();
              case "lands late":
                late.push(() => target.commit());
                return await unanswered();
              default:
                return await target.commit();
            }
          };
        }
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          method.apply(target, args);
          return wrapAtomic(target);
        };
      },
    });

  function list(
    ...args: Parameters<Deno.Kv["list"]>
  ): AsyncIterable<Deno.KvEntry<unknown>> & { cursor: string } {
    const listed = real.list(...args);
    return {
      get cursor(): string {
        return listed.cursor;
      },
      async *[Symbol.asyncIterator](): AsyncGenerator<Deno.KvEntry<unknown>> {
        const entries = await Array.fromAsync(listed);
        await faulty.onList?.(entries);
        yield* entries;
      },
    };
  }

  const kv = new Proxy(real, {
    get(target, name): unknown {
      if (name === "atomic") return () => wrapAtomic(target.atomic());
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name === "list" && faulty.onList) return list;
      return (...args: unknown[]) => {
        if (name === "get" || name === "getMany" || name === "set") {
          try {
            faulty.onRead();
          } catch (error) {
            return Promise.reject(error);
          }
        }
        return value.apply(target, args);
      };
    },
  });

  const faulty: FaultyKv = {
    kv,
    onCommit: () => undefined,
    onRead: () => {},
    onList: undefined,
    async landLate(): Promise<number> {
      const results = await Promise.all(late.splice(0).map((commit) => commit()));
      return results.filter(({ ok }) => ok).length;
    },
  };
  return faulty;
}

/** The database of a process that ends at one of its commits. */
export interface EndingKv {
  readonly kv: Deno.Kv;
  /** Resolves at that commit. */
  readonly end: Promise<void>;
  readonly hasEnded: boolean;
}

/** A database whose commit of this number has a fault, and whose later commits are lost. */
export function endingKv(real: Deno.Kv, last: number, fault: CommitFault = "is lost"): EndingKv {
  const faulty = faultyKv(real);
  const { promise: end, resolve } = Promise.withResolvers<void>();
  let hasEnded = false;
  faulty.onCommit = (number) => {
    if (number < last) return undefined;
    if (hasEnded) return "is lost";
    hasEnded = true;
    resolve();
    return fault;
  };
  return {
    kv: faulty.kv,
    end,
    get hasEnded(): boolean {
      return hasEnded;
    },
  };
}
