/**
 * Detects plugins that change objects shared by all code of the process: the built-in objects and the globals. Such a
 * change breaks other code: with one more property of `Object.prototype` every config is invalid.
 *
 * @module
 */
import "../base/temporal.ts"; // before anything is watched: on an earlier Deno it adds a global

/** A changed property of a shared object. */
export interface SharedChange {
  /** Such as `Array.prototype.last`. */
  readonly name: string;
  /** Whether it is a new global, which breaks no other code. */
  readonly isNewGlobal: boolean;
  /** Restore the property. */
  undo(): void;
}

/** Watch the shared objects. @returns a function that lists the changes since then */
export function watchShared(): () => SharedChange[] {
  const before = SHARED.map(([, object]) => ownProperties(object));
  return () =>
    SHARED.flatMap(([name, object], index) => {
      const then = before[index]!;
      const now = ownProperties(object);
      const keys = new Map([...then, ...now]).keys();
      return keys.filter((key) => !isRuntime(object, key) && !isSame(then.get(key), now.get(key)))
        .map((key): SharedChange => {
          const property = then.get(key);
          return {
            name: `${name}.${String(key)}`,
            isNewGlobal: object === globalThis && property === undefined,
            undo: () => {
              if (property === undefined) Reflect.deleteProperty(object, key);
              else Reflect.defineProperty(object, key, property);
            },
          };
        }).toArray();
    });
}

const CLASSES = [
  Array,
  Date,
  Function,
  Headers,
  Map,
  Number,
  Object,
  Promise,
  RegExp,
  Set,
  String,
  URL,
] as const;

const SHARED: readonly (readonly [name: string, object: object])[] = [
  ["globalThis", globalThis],
  ["JSON", JSON],
  ["Math", Math],
  ...CLASSES.flatMap((one) => [[one.name, one], [`${one.name}.prototype`, one.prototype]] as const),
];

/** Globals that Deno creates when a library loads a module of Node. */
const RUNTIME: ReadonlySet<PropertyKey> = new Set(["MessageChannel", "MessagePort", "nodeBootstrap"]);

function isRuntime(object: object, key: PropertyKey): boolean {
  return object === globalThis && RUNTIME.has(key);
}

/** A map, because an object would inherit properties that were added to every object. */
function ownProperties(object: object): ReadonlyMap<PropertyKey, PropertyDescriptor> {
  return new Map(
    Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)!]),
  );
}

/** A getter may become a value when it is first read: that is not a change. */
function isSame(then: PropertyDescriptor | undefined, now: PropertyDescriptor | undefined): boolean {
  if (then === undefined || now === undefined) return false;
  return then.get !== undefined || Object.is(then.value, now.value);
}
