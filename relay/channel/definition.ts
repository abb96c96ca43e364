import { z } from "zod";
import type { Channel } from "./channel.ts";
import { ChannelError } from "./channel_error.ts";

const text = is("must be a text", (value) => typeof value === "string" && value !== "");
const amount = is("must be a number above 0", (value) => typeof value === "number" && value > 0);
const count = is(
  "must be a whole number above 0",
  (value) => Number.isInteger(value) && value as number > 0,
);
const flag = z.boolean("must be true or false");
const hook = is("is not a function", (value) => typeof value === "function");
const inBothLanguages = fields({ zh: text, en: text });

const rates = list(fields({
  messages: count,
  per: oneOf("day", "month").or(amount),
  penalty: amount.optional(),
}));
const size = z.strictObject({
  bytes: amount.optional(),
  jsonBytes: amount.optional(),
  characters: amount.optional(),
  utf16: amount.optional(),
}, "must be an object with bytes, jsonBytes, characters or utf16, and nothing else");
const markup = fields({
  escape: hook,
  bold: hook.optional(),
  italic: hook.optional(),
  code: hook.optional(),
  link: hook.optional(),
  bullet: hook.optional(),
  quote: hook.optional(),
  paragraphs: text.optional(),
  lines: text.optional(),
});
const memberAddress = fields({
  name: is(
    "must consist of lower-case letters, digits and _, and be neither id nor name",
    (value) => typeof value === "string" && /^(?!(?:id|name)$)[a-z][a-z0-9_]*$/.test(value),
  ),
  title: text,
  description: text.optional(),
  secret: flag.optional(),
});

/** The options that are a value or a function of the config. */
const options = {
  limits: fields({
    titleChars: amount.optional(),
    bodyBytes: amount.optional(),
    body: size.optional(),
    visible: size.optional(),
    request: size.optional(),
    alerts: amount.optional(),
    parallel: count.optional(),
    recipients: count.optional(),
    rates: rates.optional(),
    edits: rates.optional(),
  }),
  form: markup.or(oneOf("text", "markdown", "html")),
  titleApart: flag,
  buttons: flag,
  markdown: fields({
    draws: list(text),
    breaks: flag.optional(),
    titled: flag.optional(),
    write: hook.optional(),
  }),
  combine: oneOf("payload", "single", "waiting"),
  timeout: amount,
  idempotent: flag,
  threads: flag,
  timeline: flag,
};

/** The functions of the config, with their result types. */
const functions = {
  lane: text,
  repeat: is("must be a number, 0 or more", (value) => typeof value === "number" && value >= 0),
};

/** The options of a definition that may depend on the config. */
export type ConfigOption = keyof typeof options | keyof typeof functions;

/** Their names. */
export const CONFIG_OPTIONS = Object.keys({ ...options, ...functions }) as readonly ConfigOption[];

/** Checks a channel's definition at run time; `defineChannel` types the same. */
const definition = fields({
  api: is("is not 1, the version of the plugin API that this relay has", (value) => value === 1).optional(),
  name: text,
  title: text,
  docs: text.optional(),
  config: is("is not a zod schema", (value) => value instanceof z.core.$ZodType),
  words: fields({ zh: z.record(z.string(), text, "must be an object of texts") }).optional(),
  ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, hook.or(value).optional()])),
  ...Object.fromEntries(Object.keys(functions).map((name) => [name, hook.optional()])),
  card: hook.optional(),
  markup: text.optional(),
  digest: flag.optional(),
  address: list(memberAddress).or(memberAddress).optional(),
  hosts: list(is(
    "must be a host such as api.example.com, without https://",
    (value) => typeof value === "string" && /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/i.test(value),
  )).optional(),
  per: oneOf("message", "recipient").optional(),
  events: list(oneOf("acknowledged", "unacknowledged", "escalated", "closed")).optional(),
  request: hook.optional(),
  verdict: hook.optional(),
  success: hook.optional(),
  honestStatus: flag.optional(),
  fixtures: fields({ accepted: list(is("must be an object", (value) => typeof value === "object")) })
    .optional(),
  remedies: list(fields({
    when: is("must be a regular expression", (value) => value instanceof RegExp),
    cause: inBothLanguages,
    cure: inBothLanguages,
  })).optional(),
  send: hook.optional(),
  archive: hook.optional(),
  callback: fields({ enabled: hook.optional(), help: text, read: hook }).optional(),
  target: fields({ hosts: list(text), example: text.optional(), read: hook, member: hook.optional() })
    .optional(),
  sample: is("is missing", (value) => value !== undefined),
});

/** Validates an option that a function of the config returned. @returns the error, or `undefined` if it is valid */
export function problemOfOption(name: ConfigOption, value: unknown): string | undefined {
  if (name === "markdown" && value === undefined) return undefined;
  const [issue] = { ...options, ...functions }[name].safeParse(value, { jitless: true }).error?.issues ?? [];
  return issue && sentenceOf(issue, [name]);
}

/** A channel whose functions of the config throw on an invalid result. */
export function withCheckedOptions(channel: Channel): Channel {
  const checked = CONFIG_OPTIONS.flatMap((name): [string, unknown][] => {
    const hook: unknown = channel[name];
    if (typeof hook !== "function") return [];
    return [[name, (config: unknown): unknown => {
      const value: unknown = hook.call(channel, config);
      if (value instanceof Promise) value.catch(() => {});
      const problem = problemOfOption(name, value);
      if (problem !== undefined) throw new ChannelError(`${name} returns what it must not: ${problem}`);
      return value;
    }]];
  });
  return { ...channel, ...Object.fromEntries(checked) };
}

/** Calls each function of the config once. @throws the first error */
export function tryOptions(channel: Channel, config: unknown): void {
  for (const name of CONFIG_OPTIONS) {
    const hook: unknown = channel[name];
    if (typeof hook === "function") hook(config);
  }
}

/** The reason why a module's default export is not the channel `name`, or `undefined` if it is. */
export function problemOf(exported: unknown, name: string): string | undefined {
  if (exported === undefined) return "there is no default export";
  if (typeof exported !== "object" || exported === null) {
    return "default export is not a channel; use defineChannel";
  }
  try {
    const [issue] = definition.safeParse(exported, { jitless: true }).error?.issues ?? [];
    if (issue !== undefined) return `default export is not a channel: ${sentenceOf(issue)}`;
  } catch (error) { // a getter
    return `default export cannot be read: ${error instanceof Error ? error.message : error}`;
  }
  const channel = exported as { name: string; request?: unknown; send?: unknown };
  if (channel.name !== name) return `default export is named "${channel.name}"`;
  if ((channel.request === undefined) === (channel.send === undefined)) {
    return "it needs either request or send";
  }
  return undefined;
}

/** `limits.alerts: must be a number above 0`. For a union, the complaint of its last alternative. */
function sentenceOf(issue: z.core.$ZodIssue, path: readonly PropertyKey[] = []): string {
  const here = [...path, ...issue.path];
  const inner = issue.code === "invalid_union" ? issue.errors.at(-1)?.[0] : undefined;
  return inner === undefined ? `${here.map(String).join(".")}: ${issue.message}` : sentenceOf(inner, here);
}

function is(otherwise: string, right: (value: unknown) => boolean): z.ZodCustom {
  return z.custom(right, otherwise);
}

function oneOf(...words: readonly string[]): z.ZodEnum {
  return z.enum(words, `must be one of ${words.join(", ")}`);
}

function list(entry: z.ZodType): z.ZodArray {
  return z.array(entry, "must be a list");
}

function fields(shape: Readonly<Record<string, z.ZodType>>): z.ZodObject {
  return z.object(shape, "must be an object");
}
