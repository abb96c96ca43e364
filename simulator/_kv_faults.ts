import { z } from "zod";

/** The effect of a fault on a request. */
export const KV_FAULTS = {
  "5xx_before": "answers 503, and nothing was applied",
  "5xx_after": "applies the request, and answers 503",
  late: "answers 503 at once, and applies the request delayMs later",
  hang: "applies nothing, and never answers",
  hang_after: "applies the request, and never answers",
  reset_before: "applies nothing, and cuts the connections of the instance",
  reset_after: "applies the request, and cuts the connections of the instance",
  broken_body: "applies the request, and answers 200 with a body that is no message",
  short_body: "applies the request, and breaks it off in the middle of the answer",
  "401": "answers 401, and nothing was applied",
  "429": "answers 429, and nothing was applied",
  partition: "nothing gets through, in no direction; when it ends, the connections break",
} as const;

/** The kind of a fault. */
export type KvFaultKind = keyof typeof KV_FAULTS;

/** The requests that a fault can be limited to. */
export const REQUEST_KINDS = ["metadata", "read", "write", "watch"] as const;

/** A request, as faults and counters see it. */
export type RequestKind = typeof REQUEST_KINDS[number];

const faultSchema = z.strictObject({
  kind: z.enum(Object.keys(KV_FAULTS) as [KvFaultKind, ...KvFaultKind[]]),
  /** Default: all. */
  on: z.enum(REQUEST_KINDS).optional(),
  /** Default: all. */
  instance: z.string().optional(),
  /** The random share of the affected requests. */
  share: z.number().gt(0).max(1).default(1),
  /** It ends after this many requests. */
  times: z.int().min(1).max(1_000_000).default(1_000_000),
  /** It ends after this many seconds. */
  seconds: z.number().gt(0).max(3_600).default(60),
  /** For `late`. */
  delayMs: z.number().min(0).max(60_000).default(1_000),
}).refine(({ kind, on, share }) => kind !== "partition" || (on === undefined && share === 1), {
  error: "a partition meets every request of its instance: it takes no on and no share",
});

/** A fault to come: `{ kind: "5xx_after", on: "write", share: 0.1, seconds: 30 }`. */
export type KvFault = z.input<typeof faultSchema>;

/** A fault that is in force. */
export interface ActiveFault extends z.output<typeof faultSchema> {
  /** Aborts when the fault ends. */
  readonly over: AbortSignal;
}

/** The faults in force, in the order in which they were set. */
export class KvFaultList {
  readonly #random: () => number;
  #active: { fault: ActiveFault; left: number; end: () => void }[] = [];

  /** `random`: a function like `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The active faults, and the number of requests that each may still affect. */
  get active(): readonly Omit<ActiveFault, "over">[] {
    return this.#active.map(({ fault: { over: _, ...fault }, left }) => ({ ...fault, times: left }));
  }

  /** @throws ZodError */
  add(wanted: unknown): ActiveFault {
    const fault = faultSchema.parse(wanted);
    const over = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      this.#active = this.#active.filter((other) => other !== entry);
      over.abort();
    };
    const timer = setTimeout(end, fault.seconds * 1_000);
    const entry = { fault: { ...fault, over: over.signal }, left: fault.times, end };
    this.#active.push(entry);
    return entry.fault;
  }

  /** End all of them. */
  heal(): void {
    for (const { end } of this.#active) end();
  }

  /** The fault that affects a request, if any. */
  next(instance: string, on: RequestKind): ActiveFault | undefined {
    const partition = this.partition(instance);
    if (partition !== undefined) return partition;
    const met = this.#active.find(({ fault }) =>
      (fault.instance ?? instance) === instance && (fault.on ?? on) === on && this.#random() < fault.share
    );
    if (met === undefined) return undefined;
    if (--met.left === 0) met.end();
    return met.fault;
  }

  /** The partition that cuts off an instance. It counts no requests. */
  partition(instance: string): ActiveFault | undefined {
    return this.#active.find(({ fault }) =>
      fault.kind === "partition" && (fault.instance ?? instance) === instance
    )?.fault;
  }
}

/** A repeatable `Math.random`: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6D2B79F5 >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
