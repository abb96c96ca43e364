import type { Atomic } from "./atomic.ts";
import type { Kv, KvEntries, KvPage } from "./kv.ts";
import type { KvCall, KvChanges, KvListed, KvReply, KvRequest } from "./kv_messages.ts";
import { RecordedAtomic } from "./recorded_atomic.ts";

/** The isolate with the client has ended, or does not work: its pending requests get no answer. */
export class ConnectionEnded extends Error {
  override readonly name = "ConnectionEnded";
}

/** A request that waits for its answer, or a watch. */
interface Asked {
  readonly answer: (result: unknown) => void;
  readonly fail: (error: Error) => void;
  readonly end?: () => void;
}

/** A client of a shared database in an isolate of its own. {@linkcode end} ends its requests with it. */
export class WorkerKv implements Kv {
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  #ended: ConnectionEnded | undefined;
  #ids = 0;

  /** `lost`: called when the isolate ends without a call of `end`. */
  constructor({ lost }: { lost: (because: string) => void }) {
    this.#worker = new Worker(new URL("./kv_worker.ts", import.meta.url).href, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<KvReply>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // it would end the relay
      const because = `the client of the database has ended: ${event.message}`;
      this.end(because);
      lost(because);
    };
  }

  /** Connect. `path`: the address of a server; `undefined` = the database of the platform. */
  async open(path: string | undefined): Promise<void> {
    await this.#ask({ open: path });
  }

  /** End the isolate. Requests that wait fail with a {@linkcode ConnectionEnded}. */
  end(because = "the connection was given up"): void {
    if (this.#ended) return;
    this.#ended = new ConnectionEnded(because);
    this.#worker.terminate();
    for (const { fail } of this.#asked.values()) fail(this.#ended);
    this.#asked.clear();
  }

  async get(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<unknown>> {
    return (await this.getMany([key]))[0]!;
  }

  async getMany(keys: readonly Deno.KvKey[]): Promise<Deno.KvEntryMaybe<unknown>[]> {
    return await this.#ask({ read: keys }) as Deno.KvEntryMaybe<unknown>[];
  }

  list(list: Deno.KvListSelector, page: KvPage): KvEntries {
    const read = async (): Promise<Deno.KvEntry<unknown>[]> => {
      const listed = await this.#ask({ list, page }) as KvListed;
      entries.cursor = listed.cursor;
      return listed.entries;
    };
    const entries = {
      cursor: "",
      async *[Symbol.asyncIterator](): AsyncGenerator<Deno.KvEntry<unknown>> {
        yield* await read();
      },
    };
    return entries;
  }

  async set(key: Deno.KvKey, value: unknown, options?: { expireIn?: number }): Promise<unknown> {
    return await this.atomic().set(key, value, options).commit();
  }

  async delete(key: Deno.KvKey): Promise<void> {
    await this.atomic().delete(key).commit();
  }

  atomic(): Atomic {
    return new RecordedAtomic((changes) => this.write(changes));
  }

  /** Write recorded changes. */
  async write(write: KvChanges): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    return await this.#ask({ write }) as Deno.KvCommitResult | Deno.KvCommitError;
  }

  watch(watch: readonly Deno.KvKey[]): ReadableStream<Deno.KvEntryMaybe<unknown>[]> {
    let id: number;
    return new ReadableStream<Deno.KvEntryMaybe<unknown>[]>({
      start: (controller) => {
        id = this.#send({ watch }, {
          answer: (entries) => controller.enqueue(entries as Deno.KvEntryMaybe<unknown>[]),
          fail: (error) => controller.error(error),
          end: () => controller.close(),
        });
      },
      cancel: () => {
        this.#asked.delete(id);
        if (!this.#ended) this.#worker.postMessage({ id: this.#ids++, unwatch: id } satisfies KvCall);
      },
    });
  }

  #ask(request: KvRequest): Promise<unknown> {
    return new Promise((answer, fail) => this.#send(request, { answer, fail }));
  }

  #send(request: KvRequest, asked: Asked): number {
    const id = this.#ids++;
    if (this.#ended) asked.fail(this.#ended);
    else {
      this.#asked.set(id, asked);
      this.#worker.postMessage({ ...request, id } satisfies KvCall);
    }
    return id;
  }

  #hear(reply: KvReply): void {
    const asked = this.#asked.get(reply.id);
    if (!asked) return; // a watch that nobody reads any more
    if (!asked.end || "ended" in reply || "error" in reply) this.#asked.delete(reply.id);
    if ("ended" in reply) asked.end?.();
    else if ("error" in reply) asked.fail(new Error(reply.error));
    else asked.answer(reply.result);
  }
}
