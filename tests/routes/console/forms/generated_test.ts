import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { discover } from "../../../kit/channels.ts";
import {
  departmentSchema,
  destinationSchema,
  fileSchema,
  groupSchema,
  inputSchema,
  memberSchema,
} from "../../../../relay/config/mod.ts";
import { secret, z } from "../../../../relay/channel.ts";
import { stepSchema } from "../../../../relay/config/escalation_schema.ts";
import { translator } from "../../../../relay/message/locale.ts";
import { fieldOf, type FormField } from "../../../../routes/console/forms/field.ts";
import { keptIn } from "../../../../routes/console/forms/kept.ts";
import { readValue } from "../../../../routes/console/forms/read.ts";
import { showForm } from "../../../../routes/console/forms/show.ts";
import type { ShownField } from "../../../../routes/console/forms/shown_field.ts";

const channels = await discover();
const SEALED = { key: "test-key", who: "admin" };
const HOSTILE = '"><script>alert(1)</script>\u202e${x} 机';

/** Show a value, send the form back as a browser does, and read it. */
async function roundTrip(
  field: FormField,
  value: unknown,
  change: (form: URLSearchParams) => void = () => {},
): Promise<unknown> {
  const { shown } = await showForm(field, value, {
    locale: "en",
    t: translator("en"),
    complaints: [],
    ...SEALED,
  });
  const form = sent(shown);
  change(form);
  const kept = await keptIn(form, SEALED);
  return readValue(field, { form, kept }, { base: value }).value;
}

/** The fields that a browser submits from an unchanged form. */
function sent(field: ShownField, form = new URLSearchParams()): URLSearchParams {
  const lines = (text = ""): string =>
    text.toWellFormed().replaceAll("\0", "\ufffd").replace(/\r\n?|\n/g, "\r\n");
  switch (field.kind) {
    case "group":
      for (const inner of field.fields!) sent(inner, form);
      break;
    case "rows":
      for (const inner of field.items!.flat()) sent(inner, form);
      break;
    case "area":
      form.append(field.name, lines(field.text));
      break;
    case "text":
      ok(!/[\n\r]/.test(field.text ?? ""), `${field.name} would lose its line breaks`);
      form.append(field.name, lines(field.text));
      break;
    case "choice":
      form.append(field.name, field.options!.find(({ on }) => on)?.value ?? field.options![0]!.value);
      break;
    case "checks":
    case "switch":
      for (const { value, on } of field.options!) if (on) form.append(field.name, value);
      break;
    case "secret":
      for (const { value } of field.kept!) form.append(`kept:${field.name}`, value);
      form.append(field.name, "");
  }
  return form;
}

for (const name of channels.names()) {
  const channel = channels.get(name)!;

  Deno.test(`${name}: every property has a field that people can read`, () => {
    const field = fieldOf(channel.config);
    ok(field.kind === "group");
    const keys = Object.keys(inputSchema(channel.config).properties ?? {});
    equal(field.fields.map(({ key }) => key), keys);
    for (const { key, title, kind } of field.fields) {
      match(title, /\S/);
      ok(kind !== "json", `${key} can only be written as JSON`);
    }
  });

  Deno.test(`${name}: its sample, hostile as it is, is unchanged by the form`, async () => {
    equal(await roundTrip(fieldOf(channel.config), channel.sample), channel.sample);
  });

  Deno.test(`${name}: no secret of its sample stands in the form`, async () => {
    const { shown } = await showForm(fieldOf(channel.config), channel.sample, {
      locale: "en",
      t: translator("en"),
      complaints: [],
      ...SEALED,
    });
    const page = JSON.stringify(shown);
    const { secretsOf } = await import("../../../../relay/config/secrets_of.ts");
    for (const one of secretsOf(channel.config, channel.sample)) {
      ok(!page.includes(JSON.stringify(one).slice(1, -1)), "a secret is shown");
    }
  });
}

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  // The config of a step depends on the channel that is chosen in the same form, so only that is JSON.
  group: groupSchema.omit({ destinations: true, escalate: true }),
  step: stepSchema.omit({ config: true }),
  member: memberSchema,
  department: departmentSchema,
  destination: destinationSchema.omit({ config: true }),
  links: fileSchema.shape.links,
  ocp: fileSchema.shape.ocp,
  severities: fileSchema.shape.severities,
  retention: fileSchema.shape.retention,
};

for (const [name, schema] of Object.entries(SCHEMAS)) {
  Deno.test(`${name}: nothing of it can only be written as JSON`, () => {
    const walk = (field: FormField, path: string): void => {
      ok(field.kind !== "json" && !(field.kind === "secret" && field.json), path);
      if (field.kind === "group") { for (const inner of field.fields) walk(inner, `${path}.${inner.key}`); }
      if (field.kind === "rows" || field.kind === "pairs") walk(field.item, `${path}[]`);
    };
    walk(fieldOf(schema), name);
  });
}

const VALUES: readonly [string, z.ZodType, unknown][] = [
  ["a text with everything", z.object({ a: z.string() }), { a: ` ${HOSTILE} \n\r\n\r\0\ud800 ` }],
  ["a text that begins with a line break", z.object({ a: z.string() }), { a: "\n\nx" }],
  ["an empty text", z.object({ a: z.string().optional() }), { a: "" }],
  ["nothing at all", z.object({ a: z.string().optional(), b: z.array(z.string()).optional() }), {}],
  ["a number, and one as text", z.object({ a: z.number(), b: z.string() }), { a: -1.5, b: "007" }],
  ["a switch that is off where on is usual", z.object({ a: z.boolean().default(true) }), { a: false }],
  ["a switch that nobody set", z.object({ a: z.boolean().optional() }), {}],
  ["an empty list where one with entries is usual", z.object({ a: z.array(z.string()).default(["x"]) }), {
    a: [],
  }],
  ["a list of numbers", z.object({ a: z.array(z.number()) }), { a: [1, -2.5, 30] }],
  ["a list with line breaks and blanks", z.object({ a: z.array(z.string()) }), {
    a: ["a\nb", " c ", "", HOSTILE],
  }],
  ["one that stands for a list of one", z.object({ a: z.union([z.string(), z.array(z.string())]) }), {
    a: "x",
  }],
  ["a list of one", z.object({ a: z.union([z.string(), z.array(z.string())]) }), { a: ["x"] }],
  ["layers and overrides", groupSchema.shape.oncall, {
    layers: [{
      rotation: ["a", ["b", "c"]],
      start: "2026-11-16",
      from: "09:00",
      to: "24:00",
      days: ["mon", "sun"],
    }],
    overrides: [{ members: ["a"], from: "2026-12-24T09:00", until: "2026-12-25T09:00" }],
  }],
  ["turns of several", groupSchema.shape.oncall, { rotation: ["a", ["b", "c"]], start: "2026-11-16" }],
  ["days", groupSchema.shape.quiet, { from: "22:00", to: "08:00", days: ["mon", "sun"] }],
  ["several periods", groupSchema.shape.quiet, [
    { from: "22:00", to: "08:00" },
    { from: "00:00", to: "24:00", days: ["sat", "sun"] },
  ]],
  ["a list of one period", groupSchema.shape.quiet, [{ from: "22:00", to: "08:00" }]],
  ["rows", fileSchema.shape.links, [{ from: "http://a/", to: HOSTILE }, { from: "b", to: "c" }]],
  ["pairs with hostile keys", fileSchema.shape.severities, {
    [HOSTILE]: "critical",
    "__proto__x": "info",
    "a\r\nb": "error",
  }],
  ["pairs of groups", fileSchema.shape.ocp, {
    clear_after: "5m",
    rules: { "a b": { name: HOSTILE, level: 2 } },
  }],
  [
    "a secret header that is empty",
    z.object({ h: z.record(z.string(), z.string()).meta({ secret: true }) }),
    { h: { a: "", b: "x" } },
  ],
  ["two secrets at once", departmentSchema, { secret: ["••••00000001", "plain"] }],
  ["a choice that is no longer offered", z.object({ a: z.enum(["x", "y"]) }), { a: "gone" }],
  [
    "what only JSON can say",
    z.object({ a: z.any(), b: z.union([z.object({ c: z.string() }), z.string()]) }),
    { a: [1, { x: null }], b: { c: HOSTILE } },
  ],
  ["JSON with a secret inside", z.object({ a: z.union([z.object({ k: secret("Key") }), z.boolean()]) }), {
    a: { k: "hush" },
  }],
  ["nested objects", z.object({ a: z.object({ b: z.object({ c: z.number() }) }).optional() }), {
    a: { b: { c: 1 } },
  }],
];

for (const [name, schema, value] of VALUES) {
  Deno.test(`a form gives back ${name} as it was`, async () => {
    equal(await roundTrip(fieldOf(schema), value), value);
  });
}

Deno.test("a new secret takes the place of the old one, an old one that is unticked goes, and both may stay", async () => {
  const field = fieldOf(departmentSchema);
  const old = { secret: ["••••00000001", "••••00000002"] };
  equal(await roundTrip(field, old, (form) => form.set("value.secret", "new")), {
    secret: ["new", ...old.secret],
  });
  equal(await roundTrip(field, old, (form) => form.delete("kept:value.secret", "••••00000001")), {
    secret: "••••00000002",
  });
  const robot = fieldOf(channels.get("dingtalk_robot")!.config);
  equal(await roundTrip(robot, { token: "••••00000001" }, (form) => form.set("value.token", "new")), {
    token: "new",
  });
});

Deno.test("a typed secret is sealed for the account that typed it: no other account's form opens it", async () => {
  const robot = fieldOf(channels.get("dingtalk_robot")!.config);
  const { shown } = await showForm(robot, { token: "hush" }, {
    locale: "en",
    t: translator("en"),
    complaints: [],
    ...SEALED,
  });
  const form = sent(shown);
  equal((await keptIn(form, SEALED)).get("value.token"), ["hush"]);
  equal((await keptIn(form, { ...SEALED, who: "han" })).get("value.token"), undefined);
});

Deno.test("rows that are emptied go, and a name that is there twice is reported at its row", async () => {
  const links = fieldOf(fileSchema.shape.links);
  const two = [{ from: "a", to: "b" }, { from: "c", to: "d" }];
  const less = await roundTrip(links, two, (form) => {
    form.set("value[0].from", "");
    form.set("value[0].to", "");
  });
  equal(less, [two[1]]);
  const severities = fieldOf(fileSchema.shape.severities);
  const form = new URLSearchParams("value[0].key=a&value[0].value=info&value[1].key=a&value[1].value=error");
  equal(readValue(severities, { form, kept: new Map() }, { base: undefined }).problems, [
    { path: "a", message: "is there already" },
  ]);
});
