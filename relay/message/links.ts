import { RE2JS } from "re2js";

/** A rewrite of links that only resolve inside a cluster. */
export interface LinkRewrite {
  /** The start of the links to rewrite. `*` stands for any part of the host, and only of the host. */
  readonly from: string;
  /** The replacement. */
  readonly to: string;
}

const FROM = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^/@:?#\\[\]\s]+)(:\d{1,5})?(\/[^?#*\s]*)?$/i;

/**
 * Compiles the function that converts a link from outside to its displayed form. It returns the link, rewritten by
 * the first rewrite that matches, and `undefined` for anything that is not a http or https link (above all
 * `javascript:`).
 *
 * @throws Error as {@linkcode parseFrom} and {@linkcode parseTo} do.
 */
export function compileLinks(rewrites: readonly LinkRewrite[]): (url: string) => string | undefined {
  const compiled = rewrites.map(({ from, to }) => ({ restOf: parseFrom(from), to: parseTo(to) }));
  const rewrite = (text: string): string | undefined => {
    const url = URL.parse(text);
    if (url === null || !isWeb(url)) return undefined;
    for (const { restOf, to } of compiled) {
      const rest = restOf(url);
      if (rest !== undefined) return to + rest;
    }
    return url.href;
  };
  const cache = new Map<string, string | undefined>();
  return (text) => {
    if (cache.has(text)) return cache.get(text);
    const shown = rewrite(text);
    if (cache.size >= REMEMBERED) cache.clear();
    if (text.length <= 1_000) cache.set(text, shown);
    return shown;
  };
}

/** At most this many links are cached: the alerts of one rule share one graph and one runbook. */
const REMEMBERED = 200;

/**
 * Compiles the function that returns the rest of a URL after `from`, or `undefined` if the URL does not start with
 * it. Both are compared as parsed URLs, part by part, so that no spelling of a host slips through.
 *
 * @throws Error with the required form of `from`
 */
export function parseFrom(from: string): (url: URL) => string | undefined {
  const [, scheme, host, port = "", path = "/"] = FROM.exec(from) ?? [];
  const starred = host?.includes("*") === true;
  const base = host === undefined ? null : URL.parse(`${scheme}://${starred ? "host" : host}${port}${path}`);
  if (host === undefined || base === null) {
    throw new Error('must be like "http://prometheus-*:9090/", with "*" in the host only');
  }
  const hostPattern = (starred ? host.toLowerCase() : base.hostname).split("*").map(RE2JS.quote).join(
    "[^:]*",
  );
  const regex = RE2JS.compile(hostPattern);
  const prefix = withoutSlash(base.pathname);
  return (url) => {
    if (
      url.protocol !== base.protocol || url.port !== base.port || url.username !== "" || url.password !== ""
    ) return undefined;
    if (!regex.testExact(url.hostname)) return undefined;
    const rest = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : undefined;
    // A prefix ends where a path segment ends: `/prom` does not match `/promises`.
    if (rest === undefined || !(rest === "" || rest.startsWith("/"))) return undefined;
    return rest + url.search + url.hash;
  };
}

/**
 * The start of the rewritten links, without a trailing slash: the rest starts with one.
 *
 * @throws Error with the required form of `to`
 */
export function parseTo(to: string): string {
  const url = URL.parse(to);
  if (url === null || !isWeb(url) || url.search !== "" || url.hash !== "") {
    throw new Error('must be a URL like "https://prom.example.com/", without "?" and "#"');
  }
  return withoutSlash(url.href);
}

function isWeb(url: URL): boolean {
  return url.protocol === "http:" || url.protocol === "https:";
}

function withoutSlash(text: string): string {
  return text.endsWith("/") ? text.slice(0, -1) : text;
}
