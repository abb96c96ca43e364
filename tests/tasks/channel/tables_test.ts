import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { ChannelFaults } from "../../../relay/channel/channel_faults.ts";
import { defineChannel, z } from "../../../relay/channel.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { markdownTable, overview, PAGES, withTable } from "../../../tasks/channel/tables.ts";
import { discover } from "../../kit/channels.ts";
import { ROOT } from "../../kit/process.ts";

const channels = await discover();

for (const page of PAGES) {
  Deno.test(`the table of channels in ${page} is what the channels declare: deno task channel list --docs`, async () => {
    const text = await Deno.readTextFile(ROOT + page);
    equal(withTable(page, text, channels), text);
  });
}

Deno.test("the overview says what a channel can do, at which rates", () => {
  const pager = defineChannel({
    name: "pager",
    title: "Pager",
    docs: "https://pager.example.com/",
    config: z.object({}),
    limits: {
      rates: [{ messages: 1_000, per: 1_000 }, { messages: 3, per: 10_000 }, { messages: 9, per: "day" }],
    },
    threads: true,
    per: "recipient",
    buttons: true,
    events: ["acknowledged"],
    request: () => ({ url: "https://pager.example.com/" }),
    sample: {},
  });
  const registry: ChannelRegistry = {
    get: () => pager,
    names: () => ["pager"],
    faults: new ChannelFaults(),
    broken: new Map(),
    load: () => Promise.resolve(),
  };
  equal(overview(registry)[1], [
    "`pager`",
    "[Pager](https://pager.example.com/)",
    "threads, one message per recipient, buttons, people's actions",
    "1,000 a second, 3 in 10 seconds, 9 a day",
  ]);
});

Deno.test("a table is padded as deno fmt does, and a page that lost its table is named", () => {
  equal(markdownTable([["a", "long"], ["–", "x"]]), "| a   | long |\n| --- | ---- |\n| –   | x    |\n");
  throws(
    () => withTable("README.md", "# x\n", channels),
    /README\.md has no table below "## Channels": restore it/,
  );
});
