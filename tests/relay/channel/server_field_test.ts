import { deepStrictEqual as equal } from "node:assert/strict";
import { inputSchema } from "../../../relay/channel/config_schema.ts";
import { server, z } from "../../../relay/channel.ts";

const READ: readonly [string, string | false][] = [
  ["https://push.example.com", "https://push.example.com"],
  ["https://push.example.com/", "https://push.example.com"],
  ["http://127.0.0.1:9100/gw//", "http://127.0.0.1:9100/gw"],
  ["ftp://push.example.com", false],
  ["push.example.com", false],
  ["", false],
];

for (const [written, base] of READ) {
  Deno.test(`the server ${JSON.stringify(written)} is ${base === false ? "refused" : base}`, () => {
    for (
      const field of [server(), server({ default: "https://vendor.example.com" }), server({ optional: true })]
    ) {
      const { success, data } = field.safeParse(written);
      equal(success ? data : false, base);
    }
  });
}

Deno.test("a server that is not written is the default, or missing", () => {
  equal(server({ default: "https://vendor.example.com/" }).parse(undefined), "https://vendor.example.com");
  equal(server({ optional: true }).parse(undefined), undefined);
  equal(server().safeParse(undefined).success, false);
});

Deno.test("each kind of the field keeps its title and its help", () => {
  const help = { title: "Homeserver", description: "What stands before /_matrix." };
  const { properties } = inputSchema(z.object({
    needed: server(help),
    optional: server({ ...help, optional: true }),
    standard: server({ ...help, default: "https://vendor.example.com" }),
    untitled: server(),
  }));
  equal(properties, {
    needed: { ...help, type: "string", format: "uri" },
    optional: { ...help, type: "string", format: "uri" },
    standard: { ...help, type: "string", format: "uri", default: "https://vendor.example.com" },
    untitled: { title: "Server", type: "string", format: "uri" },
  });
});
