/** The golden files: all messages to one vendor in one language, as text that makes a readable difference. @module */
import { type Language, lifeOf, lifeOfOcpAlarm, type Told } from "./_life.ts";
import { SETS, type Size } from "./alerts/sets.ts";
import { type Vendor, VENDORS } from "./_vendors.ts";

export const FOLDER = new URL("messages/", import.meta.url);

const LANGUAGES: readonly Language[] = ["zh", "en"];

/** All messages about all sets, in both languages. It takes some seconds. */
export async function tellEverything(): Promise<Told[]> {
  const told: Told[] = [];
  for (const language of LANGUAGES) {
    for (const size of Object.keys(SETS) as Size[]) told.push(...await lifeOf(size, language));
    told.push(...await lifeOfOcpAlarm(language));
  }
  return told;
}

/** The golden files, by their names. */
export function pagesOf(told: readonly Told[]): Map<string, string> {
  const pages = new Map<string, string>();
  for (const vendor of VENDORS) {
    for (const language of LANGUAGES) {
      const parts = told.filter((one) => one.language === language).flatMap((one) => partsOf(one, vendor));
      if (parts.length > 0) pages.set(`${vendor}.${language}.txt`, parts.map(withSteadyIds).join("\n"));
    }
  }
  return pages;
}

function partsOf({ size, moment, sent }: Told, vendor: Vendor): string[] {
  const messages = sent.filter((one) => one.vendor === vendor);
  const longest = Math.max(...messages.map(({ bytes }) => bytes));
  return messages.flatMap(({ body, bytes }, index) => {
    if (moment === "burst" && bytes < longest) return []; // the digest; the other messages are about one alert
    const which = messages.length === 1 ? "" : `, message ${index + 1} of ${messages.length}`;
    const shown = vendor === "email" && !hasPage(size, moment) ? { ...body, html: "…" } : body;
    return `======== ${size} ${moment}${which}: ${bytes} bytes ========\n${printed(shown)}`;
  });
}

/** A mail's HTML is long: a few examples show its layout. */
function hasPage(size: Told["size"], moment: Told["moment"]): boolean {
  return size === "1" || size === "3" && moment !== "repeat" || size === "6" && moment === "mixed";
}

/** `path: value`; a text of several lines is indented below its path. */
function printed(value: unknown, path = ""): string {
  if (typeof value === "string" && value.includes("\n")) {
    return `${path}:\n${value.split("\n").map((line) => `    ${line}`.trimEnd()).join("\n")}\n`;
  }
  if (typeof value === "string" && isJson(value)) return printed(JSON.parse(value), path);
  if (typeof value !== "object" || value === null) return `${path}: ${value}\n`;
  return Object.entries(value).map(([name, part]) => printed(part, path === "" ? name : `${path}.${name}`))
    .join("");
}

/** DingTalk's chats take a message as a text of JSON. */
function isJson(text: string): boolean {
  if (!text.startsWith("{")) return false;
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** Ids and values computed from them are random: each is replaced by its number, with the same length. */
function withSteadyIds(text: string): string {
  const known = new Map<string, string>();
  return text.replaceAll(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, (id) => {
    if (!known.has(id)) known.set(id, `ID${String(known.size + 1).padStart(24, "0")}`);
    return known.get(id)!;
  }).replaceAll(/(?<=\/l\/)[\w.-]+/g, (link) => "L".repeat(link.length)) // signed links name ids, too
    .replaceAll(/(ID\d{24}[-\d]*-(?:digest)?)[0-9a-f]{12}\b/g, "$1000000000000")
    .replaceAll(/(?<=>)#[0-9a-f]{8}(?=<)/g, "#00000000"); // the mark of the WeCom app's messages
}
