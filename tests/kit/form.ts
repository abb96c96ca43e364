/**
 * Forms of the console in the form in which a browser submits them: with all their current values.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import type { Page, Visitor } from "./console.ts";

/** The hidden fields of a page's form, with the values that a user enters. */
export function filled({ html }: Page, fields: Readonly<Record<string, string>> = {}): [string, string][] {
  const form = html.slice(html.indexOf('<form class="card form generated"'));
  const hidden = [
    ...form.matchAll(/<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"( checked)?/g),
  ]
    .filter(([whole, name]) =>
      name !== "form_token" && (whole.includes("hidden") || whole.includes("checked"))
    );
  const texts = [...form.matchAll(/<input type="(?:text|time)" value="([^"]*)"[^>]* name="([^"]+)"/g)];
  const areas = [...form.matchAll(/<textarea[^>]* name="([^"]+)"[^>]*>\n([^<]*)<\/textarea>/g)];
  const own = new Map<string, string>([
    ...texts.map(([, value, name]): [string, string] => [name!, value!]),
    ...areas.map(([, name, value]): [string, string] => [name!, value!]),
  ]);
  for (const [name, value] of Object.entries(fields)) own.set(name, value);
  const unescape = (text: string): string =>
    text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
  const end = form.indexOf("</form>");
  ok(end > 0, "there is no form");
  return [
    ...hidden.filter(([whole]) => form.indexOf(whole) < end).map((
      [, name, value],
    ): [string, string] => [name!, unescape(value!)]),
    ...[...own].map(([name, value]): [string, string] => [name, unescape(value)]),
  ];
}

/** Open a form, fill it in and submit it. */
export async function fill(
  who: Visitor,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Page> {
  return await who.post(path.replace(/\?.*/, ""), filled(await who.get(path), fields));
}
