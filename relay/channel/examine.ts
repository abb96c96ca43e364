/**
 * Checks the definition of a channel before it gets any alert: when it is loaded, and in `deno task channel check`.
 *
 * @module
 */
import { z } from "zod";
import { alternatives, childNodes, inputSchema, type SchemaNode } from "./config_schema.ts";
import type { Channel } from "./channel.ts";
import type { MemberAddress } from "./member_address.ts";
import { CONFIG_OPTIONS, type ConfigOption, problemOfOption } from "./definition.ts";
import { markupOf } from "./options.ts";

/** A fault or a warning about a channel. */
export interface Finding {
  /** A channel with a `fault` is not loaded; a `warning` is shown to the operator. */
  readonly level: "fault" | "warning";
  /** The error: one sentence without its final period. */
  readonly problem: string;
  /** The remedy: one sentence without its final period. */
  readonly cure: string;
}

/** Examines a channel whose definition has the right shape (`problemOf`). Warnings are only looked for if there is no fault. */
export function examine(channel: Channel): Finding[] {
  const schema = problemOfSchema(channel.config);
  if (schema !== undefined) return [schema];
  const sample = readSample(channel);
  if ("fault" in sample) return [sample.fault];
  const faults = CONFIG_OPTIONS.flatMap((option) => problemOfConfig(channel, option, sample.config) ?? []);
  if (faults.length === 0) faults.push(...faultsOfMarkup(channel, sample.config));
  return faults.length > 0 ? faults : warningsOf(channel, sample.config);
}

/**
 * Checks an option of a channel for one config.
 *
 * @returns the error, if its function throws or returns an invalid value; `undefined` if it is valid, or if the
 * option is not a function of the config
 */
export function problemOfConfig(
  channel: Channel,
  option: ConfigOption,
  config: unknown,
): Finding | undefined {
  const hook: unknown = channel[option];
  if (typeof hook !== "function") return undefined;
  try {
    const value = hook(config);
    if (value instanceof Promise) value.catch(() => {});
    const problem = problemOfOption(option, value);
    if (problem === undefined) return undefined;
    return fault(`what the function ${option} returns is wrong: ${problem}`, CURES.option);
  } catch (error) {
    return fault(`the function ${option} throws: ${wordsOf(error)}`, CURES.option);
  }
}

/** The functions of a channel's own markup that write no text. */
function faultsOfMarkup(channel: Channel, config: unknown): Finding[] {
  const { escape, bold, italic, code, link, bullet, quote } = markupOf(channel, config) ?? {};
  return Object.entries({ escape, bold, italic, code, link, bullet, quote }).flatMap(([name, print]) => {
    try {
      const printed: unknown = print?.("text", "https://example.com/");
      return print === undefined || typeof printed === "string"
        ? []
        : [fault(`form.${name} returns no text`, CURES.markup)];
    } catch (error) {
      return [fault(`form.${name} throws: ${wordsOf(error)}`, CURES.markup)];
    }
  });
}

const CURES = {
  zod: 'import z from "fenghuo/channel"; a schema of another copy loses its titles and its secrets',
  sample: "correct the sample, or the schema: the sample must be a valid config",
  async: "make the schema synchronous: a config is parsed without a wait",
  option: "it must return a correct value for every config that the schema accepts, and must not be async",
  markup: "return what the vendor's markup writes for the words",
  title: "add .meta({ title }), which is the label in the form",
  secret: "make it with secret(title); only then is it hidden in logs, records and pages, and sealed at rest",
  address: "add secret: true; only then is it hidden as the config's secrets are",
  lane: "let lane name the account that the rates belong to, such as its token",
  limit: "use request instead of send, or limit the body",
} as const;

function fault(problem: string, cure: string): Finding {
  return { level: "fault", problem, cure };
}

function warning(problem: string, cure: string): Finding {
  return { level: "warning", problem, cure };
}

function problemOfSchema(config: z.ZodType): Finding | undefined {
  const foreign = foreignPartOf(config);
  if (foreign !== undefined) {
    const where = foreign === "" ? "the config's schema" : `the schema of the config's ${foreign}`;
    return fault(`${where} was made by another copy of zod`, CURES.zod);
  }
  try {
    return inputSchema(config).type === "object"
      ? undefined
      : fault("the config is not an object", "use z.object");
  } catch (error) {
    return fault(`the config's schema cannot be shown as a form: ${wordsOf(error)}`, "use simpler types");
  }
}

/** The path of the first part of a schema that our zod has not made; `undefined` if there is none. */
function foreignPartOf(schema: z.ZodType): string | undefined {
  const own = new Set<unknown>([z, z.core, z.iso].flatMap((module) => Object.values(module)));
  const seen = new Set<unknown>();
  const look = (part: unknown, path: readonly string[]): string | undefined => {
    if (!isSchema(part) || seen.has(part)) return undefined;
    seen.add(part);
    const { constr, def } = part._zod as typeof part._zod & { constr?: unknown };
    if (!own.has(constr)) return path.join(".");
    return partsOf(def).values().map(([inner, key]) => look(inner, key === undefined ? path : [...path, key]))
      .find((found) => found !== undefined);
  };
  return look(schema, []);
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === "object" && value !== null && "_zod" in value;
}

/** The schemas in a schema's definition, those of an object with their keys. */
function partsOf(def: object): [part: unknown, key?: string][] {
  return Object.entries(def).flatMap(([name, value]): [unknown, string?][] => {
    if (name === "shape") return Object.entries(value).map(([key, field]) => [field, key]);
    if (name === "getter" && typeof value === "function") return [[value()]]; // z.lazy
    return [value].flat().map((part) => [part]);
  });
}

function readSample({ config, sample }: Channel): { readonly config: unknown } | { readonly fault: Finding } {
  try {
    const { data, error } = config.safeParse(sample, { jitless: true });
    if (!error) return { config: data };
    const [{ path, message }] = error.issues as [z.core.$ZodIssue];
    return {
      fault: fault(`the sample is not a valid config: ${[...path, message].join(": ")}`, CURES.sample),
    };
  } catch (error) {
    if (error instanceof z.core.$ZodAsyncError) {
      return { fault: fault("the config's schema is asynchronous", CURES.async) };
    }
    return { fault: fault(`the schema throws on the sample: ${wordsOf(error)}`, CURES.sample) };
  }
}

function warningsOf(channel: Channel, config: unknown): Finding[] {
  const limits = typeof channel.limits === "function" ? channel.limits(config) : channel.limits ?? {};
  return [
    ...fieldsOf(channel.config).flatMap(warningsOfField),
    ...[channel.address ?? []].flat().flatMap(warningsOfAddress),
    ...limits.rates?.length && !channel.lane
      ? [warning("it has rates and no lane, so each config gets all of them", CURES.lane)]
      : [],
    ...limits.request && !channel.request
      ? [warning("limits.request has no effect on a channel with send", CURES.limit)]
      : [],
  ];
}

/** A field of a config: its whole path, and its schema. */
interface ConfigField {
  readonly path: string;
  readonly node: SchemaNode;
  /** Whether the field, or an object that contains it, is marked as a secret. */
  readonly isSecret: boolean;
}

function warningsOfField({ path, node, isSecret }: ConfigField): Finding[] {
  const warnings: Finding[] = [];
  if (!/\S/.test(node.title ?? "")) warnings.push(warning(`the field ${path} has no title`, CURES.title));
  if (!isSecret && isText(node) && (isCredential(wordsIn(path)) || isCredential(wordsIn(node.title ?? "")))) {
    warnings.push(
      warning(`the field ${path} looks like a credential but is not marked as a secret`, CURES.secret),
    );
  }
  return warnings;
}

function warningsOfAddress({ name, title, secret }: MemberAddress): Finding[] {
  return !secret && (isCredential(wordsIn(name)) || isCredential(wordsIn(title)))
    ? [warning(`the address ${name} looks like a credential but is not marked as a secret`, CURES.address)]
    : [];
}

/** Every field of the objects in a schema. */
function fieldsOf(config: z.ZodType): ConfigField[] {
  const root = inputSchema(config);
  const seen = new Set<SchemaNode>();
  const look = (nodes: readonly SchemaNode[], path: string, wasSecret: boolean): ConfigField[] => {
    const all = alternatives(root, nodes).filter((node) => !seen.has(node));
    for (const node of all) seen.add(node);
    const isSecret = wasSecret || all.some(({ secret }) => secret === true);
    const keys = new Set(all.flatMap(({ properties = {} }) => Object.keys(properties)));
    const inner = [...keys].flatMap((key) => {
      const children = childNodes(all, key);
      const [node] = children;
      const here = path === "" ? key : `${path}.${key}`;
      const marked = isSecret || alternatives(root, children).some(({ secret }) => secret === true);
      return node === undefined
        ? []
        : [{ path: here, node, isSecret: marked }, ...look(children, here, marked)];
    });
    const items = all.flatMap(({ items, additionalProperties }) => [items, additionalProperties].flat())
      .filter((node): node is SchemaNode => typeof node === "object");
    return [...inner, ...items.length > 0 ? look(items, path, isSecret) : []];
  };
  return look([root], "", false);
}

/** Whether a field accepts a text that its author can choose freely. */
function isText({ type, anyOf, enum: options, const: only }: SchemaNode): boolean {
  if (options !== undefined || only !== undefined) return false;
  return type === "string" || (anyOf as SchemaNode[] | undefined)?.some(isText) === true;
}

/** `accessToken`, `access_token` and `Access token` are the words "access token". */
function wordsIn(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[^A-Za-z0-9]+/g, " ").toLowerCase();
}

function isCredential(words: string): boolean {
  if (/ (id|name|url|address|user|path|file|type|header)$/.test(words)) return false;
  return /\b(token|secret|password|passwd|passphrase|apikey|(api|auth|device|integration|private|routing|secret|send|signing|user) key|credentials?)\b/
    .test(words);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
