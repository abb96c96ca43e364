/**
 * `deno task schema`: writes `fenghuo.schema.json`, which gives editors completion and checks for fenghuo.yaml.
 *
 * @module
 */
import { BUILT_IN } from "../channels.ts";
import { findChannels } from "../relay/channel/discovery.ts";
import { memberSchemaWith } from "../relay/config/member_schema.ts";
import { fileSchema } from "../relay/config/sections.ts";
import type { ChannelRegistry } from "../relay/channel/registry.ts";
import { inputSchema, type SchemaNode } from "../relay/channel/config_schema.ts";
import { complain, runTask } from "./_task.ts";

const HELP = `deno task schema

Writes fenghuo.schema.json, the JSON Schema of fenghuo.yaml with the config of every channel in channels/ and in the
folder that FENGHUO_CHANNELS names, and the addresses of members that they read. Editors complete and check fenghuo.yaml
with it. It takes no options.`;

const FILE = new URL("../fenghuo.schema.json", import.meta.url);

/** The JSON Schema (2020-12) of fenghuo.yaml, with the config of each of the channels. */
export function fileJsonSchema(channels: ChannelRegistry): SchemaNode {
  const names = channels.names();
  const schema = closed(inputSchema(fileSchema));
  const { defaults, groups, members } = schema.properties as Record<string, SchemaNode>;
  const group = groups!.items as SchemaNode;
  const destination = (group.properties!.destinations as SchemaNode).items as SchemaNode;
  const configOf = (name: string): SchemaNode => ({ $ref: `#/$defs/${name}` });

  schema.patternProperties = { "^\\.?x-": {} }; // keys that only hold anchors
  schema.$defs = Object.fromEntries(names.map((name) => [name, configSchema(channels, name)]));
  const { $schema: _, ...member } = closed(inputSchema(memberSchemaWith(channels)));
  members!.items = member;
  defaults!.properties = Object.fromEntries(names.map((name) => [name, configOf(name)]));
  // Channels from a second folder are unknown here, so any other name is allowed.
  (destination.properties!.channel as SchemaNode).examples = names;
  destination.allOf = names.map((name) => ({
    if: { properties: { channel: { const: name } }, required: ["channel"] },
    then: { properties: { config: configOf(name) } },
  }));
  return schema;
}

/** The text of `fenghuo.schema.json`. */
export function schemaText(channels: ChannelRegistry): string {
  return `${JSON.stringify(fileJsonSchema(channels), null, 2)}\n`;
}

/** A channel's config in which any field may be in `defaults` instead. */
function configSchema(channels: ChannelRegistry, name: string): SchemaNode {
  const { title, docs, config } = channels.get(name)!;
  const { $schema: _, required: __, ...schema } = closed(inputSchema(config));
  return { title, ...docs === undefined ? {} : { description: docs }, ...schema };
}

/**
 * A copy whose objects allow no unknown key, as at the start. Credentials are `writeOnly`, the standard's word for them.
 * Formats are omitted, because `${NAME}` may be in place of a URL.
 */
function closed(schema: SchemaNode): SchemaNode {
  return JSON.parse(JSON.stringify(schema), (_key, node) => {
    if (node?.secret === true) {
      delete node.secret;
      node.writeOnly = true;
    }
    delete node?.multiline;
    if (typeof node?.format === "string") delete node.format;
    if (node?.type === "object" && node.properties !== undefined) node.additionalProperties ??= false;
    return node;
  });
}

if (import.meta.main) {
  await runTask({
    name: "deno task schema",
    action: "write the schema",
    help: HELP,
    options: {},
    run: async () => {
      const channels = findChannels(BUILT_IN, {
        folder: Deno.env.get("FENGHUO_CHANNELS"),
        report: complain,
      });
      await channels.load();
      await Deno.writeTextFile(FILE, schemaText(channels));
      return 0;
    },
  });
}
