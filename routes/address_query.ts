/** Parameters whose value is an address, with parameters of its own. */
const ADDRESSES = ["ddurl", "wxurl", "fsurl", "webhookurl"];

/** PrometheusAlert's own parameters: what stands behind an address under another name belongs to the address. */
const OWN = new Set([
  ...ADDRESSES,
  ..."type tpl split rr at email emailtitle phone alertgroup groupid wxuser wxparty wxtag token from".split(
    " ",
  ),
  "webhookContentType",
]);

/** Parameters that say nothing of whom to tell: templates, titles and splitting are the relay's own business. */
const IGNORED = new Set("type tpl split rr token from emailtitle webhookContentType".split(" "));

/**
 * The query of PrometheusAlert's address. Most people paste a robot's whole address into it without escaping its `&`:
 * `ddurl=https://…?access_token=T&secret=SEC…` is one parameter.
 */
export function readAddressQuery(search: string): URLSearchParams {
  const parts: string[] = [];
  let isAddress = false;
  for (const part of search.replace(/^\?/, "").split("&")) {
    const name = part.split("=", 1)[0]!;
    if (isAddress && !OWN.has(name)) parts.push(`${parts.pop()}%26${part}`);
    else {
      parts.push(part);
      isAddress = ADDRESSES.includes(name);
    }
  }
  return new URLSearchParams(parts.join("&"));
}

/** The parameters that say whom to tell, or may, and that were not read. */
export function unreadIn(query: URLSearchParams, read: readonly string[]): string[] {
  return [...new Set(query.keys())].filter((name) =>
    !IGNORED.has(name) && !read.includes(name) && (query.get(name) ?? "").trim() !== ""
  );
}
