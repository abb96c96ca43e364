/**
 * What a remote database does to a commit now and then: it applies it and answers "no", it applies it and answers
 * nothing, it answers nothing and applies nothing, or it applies it long after the caller has given up.
 *
 * What is not answered is cut off here, as a deadline would, once everything else had its turn: the caller learns no more
 * than from a deadline, and a busy machine, on which an honest answer takes long, changes nothing. So give the store a
 * deadline that no honest answer misses; `tests/relay/store/guard_test.ts` is about deadlines.
 */
export type CommitFault = "lands, says no" | "lands, says nothing" | "is lost" | "lands late";

/** A database that misbehaves as a test wishes. */
export interface FaultyKv {
  readonly kv: Deno.Kv;
  /** Called before each commit, which waits for what it returns. */
  onCommit: (number: number) => CommitFault | undefined | Promise<CommitFault | undefined>;
  /** Called before each operation that is no commit: what it throws is what the operation fails with. */
  onRead: () => void;
  /** Called with the entries of each listing, before the relay gets them. */
  onList: ((entries: readonly Deno.KvEntry<unknown>[]) => Promise<void>) | undefined;
  /** Let the late ones land. @returns how many were still valid. */
  landLate(): Promise<number>;
}

/** Put a misbehaving database in front of a real one. */
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
  /** Resolves when that commit is made. */
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
