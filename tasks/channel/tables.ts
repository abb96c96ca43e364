/**
 * The tables of all channels in the README and the reference, as the channels declare them.
 *
 * @module
 */
import type { Channel } from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import type { ChannelRegistry } from "../../relay/channel/registry.ts";
import type { Rate } from "../../relay/domain/rate.ts";

/** A table of cells, with the head first. */
type Table = readonly (readonly string[])[];

/** The page of each table and the heading above it. */
const TABLES: readonly { page: string; heading: string; write: (registry: ChannelRegistry) => Table }[] = [
  { page: "README.md", heading: "## Channels", write: overview },
  { page: "docs/channels-reference.md", heading: "## What the vendors take", write: limitsTable },
];

/** The pages that have a table of channels. */
export const PAGES: readonly string[] = TABLES.map(({ page }) => page);

/** A page with its current table. @throws Error when it has no table below its heading */
export function withTable(page: string, text: string, registry: ChannelRegistry): string {
  const { heading, write } = TABLES.find((table) => table.page === page)!;
  const [before = "", after] = text.split(`\n${heading}\n`);
  const found = /(?:^\|.*\n)+/m.exec(after ?? "");
  if (after === undefined || !found) throw new Error(`${page} has no table below "${heading}": restore it`);
  const rest = after.slice(found.index + found[0].length);
  return `${before}\n${heading}\n${after.slice(0, found.index)}${markdownTable(write(registry))}${rest}`;
}

/** A table in the format of `deno fmt`. */
export function markdownTable(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(3, ...table.map((row) => widthOf(row[column]!))));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const [head, ...rows] = table.map((cells) =>
    line(cells.map((cell, column) => cell + " ".repeat(widths[column]! - widthOf(cell))))
  );
  return [head, line(widths.map((width) => "-".repeat(width))), ...rows].join("");
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

/** The table of the README. */
export function overview(registry: ChannelRegistry): Table {
  return [
    ["channel", "vendor", "can", "rates"],
    ...channelsOf(registry).map((channel) => [
      `\`${channel.name}\``,
      channel.docs === undefined ? channel.title : `[${channel.title}](${channel.docs})`,
      abilitiesOf(channel).join(", ") || "–",
      ratesOf(channel).map(rateWords).join(", ") || "–",
    ]),
  ];
}

function channelsOf(registry: ChannelRegistry): Channel[] {
  return registry.names().map((name) => registry.get(name)!);
}

function abilitiesOf(channel: Channel): string[] {
  const can = (option: unknown): boolean => option === true || typeof option === "function";
  const { threads, per, buttons, card, events = [], combine } = channel;
  return [
    ...can(threads) ? ["threads"] : [],
    ...per === "recipient" ? ["one message per recipient"] : [],
    ...can(buttons) || card ? ["buttons"] : [],
    ...events.length > 0 ? ["people's actions"] : [],
    ...combine === "waiting" ? ["batches"] : [],
  ];
}

function limitsTable(registry: ChannelRegistry): Table {
  return [
    [
      "channel",
      "messages",
      "more, and nothing for",
      "people named",
      "alerts in a message",
      "at once",
      "digests",
    ],
    ...channelsOf(registry).map((channel) => {
      const { recipients, alerts = 100, parallel = 1 } = limitsOf(channel, sampleOf(channel));
      const penalty = ratesOf(channel).find(({ penalty }) => penalty !== undefined)?.penalty;
      return [
        `\`${channel.name}\``,
        ratesOf(channel).map(rateWords).join(", ") || "–",
        penalty === undefined ? "–" : `${penalty / 60_000} minutes`,
        `${recipients ?? "–"}`,
        `${alerts}`,
        `${parallel}`,
        channel.digest ?? true ? "yes" : "no",
      ];
    }),
  ];
}

function sampleOf(channel: Channel): unknown {
  return channel.config.parse(channel.sample);
}

function ratesOf(channel: Channel): readonly Rate[] {
  return limitsOf(channel, sampleOf(channel)).rates ?? [];
}

const UNITS: Readonly<Record<string, string>> = { 1000: "a second", 60000: "a minute", 3600000: "an hour" };

function rateWords({ messages, per }: Rate): string {
  return `${messages.toLocaleString("en")} ${
    UNITS[per] ?? (typeof per === "number" ? inTime(per) : `a ${per}`)
  }`;
}

function inTime(ms: number): string {
  return ms % 60_000 === 0 ? `in ${ms / 60_000} minutes` : `in ${ms / 1_000} seconds`;
}
