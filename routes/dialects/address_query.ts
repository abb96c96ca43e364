import { URL_PARAMETERS } from "./address_target.ts";

/** PrometheusAlert's other parameters. */
const OTHERS =
  "type tpl split rr at email emailtitle phone alertgroup groupid wxuser wxparty wxtag token from " +
  "webhookContentType";

/** PrometheusAlert's own parameters; any other one that follows a URL belongs to that URL. */
const OWN = new Set([...URL_PARAMETERS, ...OTHERS.split(" ")]);

/** Parameters that do not select recipients: the relay has its own templates, titles and grouping. */
const IGNORED = new Set("type tpl split rr token from emailtitle webhookContentType".split(" "));

/**
 * The query of an address of PrometheusAlert. Most users paste a robot's URL into it without escaping its `&`, so
 * `ddurl=https://…?access_token=T&secret=SEC…` is one parameter.
 */
export function readAddressQuery(search: string): URLSearchParams {
  const parts: string[] = [];
  let isUrl = false;
  for (const part of search.replace(/^\?/, "").split("&")) {
    const name = part.split("=", 1)[0]!;
    if (isUrl && !OWN.has(name)) parts.push(`${parts.pop()}%26${part}`);
    else {
      parts.push(part);
      isUrl = URL_PARAMETERS.includes(name);
    }
  }
  return new URLSearchParams(parts.join("&"));
}

/** Selecting parameters that were not read. */
export function unreadIn(query: URLSearchParams, read: readonly string[]): string[] {
  return [...new Set(query.keys())].filter((name) =>
    !IGNORED.has(name) && !read.includes(name) && (query.get(name) ?? "").trim() !== ""
  );
}
