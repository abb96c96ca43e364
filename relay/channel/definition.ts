import { z } from "zod";

/** The fault of a value, after its path: `.limits.alerts: must be …`. Written by hand, because every start runs it. */
type Check = (value: unknown) => string | undefined;

const text = is("must be a text", (value) => typeof value === "string" && value !== "");
const amount = is("must be a number above 0", (value) => typeof value === "number" && value > 0);
const count = is(
  "must be a whole number above 0",
  (value) => Number.isInteger(value) && value as number > 0,
);
const flag = is("must be true or false", (value) => typeof value === "boolean");
const hook = is("is no function", (value) => typeof value === "function");

/** The shape of a channel's definition: what `defineChannel` types, checked at run time. */
const definitionOf: Check = fields({
  name: text,
  title: text,
  docs: optional(text),
  config: is("is no zod schema", (value) => value instanceof z.core.$ZodType),
  limits: optional(either(
    hook,
    fields({
      titleChars: optional(amount),
      bodyBytes: optional(amount),
      alerts: optional(amount),
      parallel: optional(count),
      recipients: optional(count),
      rates: optional(each(fields({
        messages: count,
        per: either(oneOf("day", "month"), amount),
        penalty: optional(amount),
      }))),
    }),
  )),
  form: optional(either(hook, oneOf("text", "markdown", "html"))),
  markdown: optional(either(
    hook,
    fields({
      draws: each(text),
      breaks: optional(flag),
      titled: optional(flag),
      buttons: optional(flag),
      write: optional(hook),
    }),
  )),
  card: optional(hook),
  markup: optional(text),
  combine: optional(either(hook, oneOf("payload", "single", "waiting"))),
  digest: optional(flag),
  timeout: optional(either(hook, amount)),
  idempotent: optional(either(hook, flag)),
  lane: optional(hook),
  repeat: optional(hook),
  request: optional(hook),
  verdict: optional(hook),
  remedies: optional(each(fields({
    when: is("must be a regular expression", (value) => value instanceof RegExp),
    cause: fields({ zh: text, en: text }),
    cure: fields({ zh: text, en: text }),
  }))),
  send: optional(hook),
  sample: is("is missing", (value) => value !== undefined),
});

/** Why a module's default export is not the channel `name`, or `undefined` when it is. */
export function problemOf(definition: unknown, name: string): string | undefined {
  if (definition === undefined) return "there is no default export";
  if (typeof definition !== "object" || definition === null) {
    return "default export is not a channel; use defineChannel";
  }
  const wrong = definitionOf(definition);
  if (wrong !== undefined) return `default export is not a channel: ${wrong.slice(1)}`;
  const channel = definition as { name: string; request?: unknown; send?: unknown };
  if (channel.name !== name) return `default export is named "${channel.name}"`;
  if ((channel.request === undefined) === (channel.send === undefined)) {
    return "it needs either request or send";
  }
  return undefined;
}

function is(otherwise: string, right: (value: unknown) => boolean): Check {
  return (value) => right(value) ? undefined : `: ${otherwise}`;
}

function oneOf(...words: readonly string[]): Check {
  return is(`must be one of ${words.join(", ")}`, (value) => words.some((word) => word === value));
}

function optional(check: Check): Check {
  return (value) => value === undefined ? undefined : check(value);
}

/** When both fail, the complaint of the second counts. */
function either(one: Check, other: Check): Check {
  return (value) => one(value) === undefined ? undefined : other(value);
}

function each(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return ": must be a list";
    for (const [index, part] of value.entries()) {
      const wrong = check(part);
      if (wrong !== undefined) return `.${index}${wrong}`;
    }
    return undefined;
  };
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (typeof value !== "object" || value === null) return ": must be an object";
    for (const [key, check] of Object.entries(checks)) {
      const wrong = check(Reflect.get(value, key));
      if (wrong !== undefined) return `.${key}${wrong}`;
    }
    return undefined;
  };
}
