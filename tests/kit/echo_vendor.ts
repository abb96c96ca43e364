/**
 * A vendor that answers every request with a copy of it, in one form or another, like a web server's error page, a
 * gateway or a mail server that refuses a request.
 *
 * @module
 */

/** Writes the copy of a request in one form. */
export type Echo = (text: string) => string;

const html = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
const numbers = (text: string): string => text.replace(/[^\w\s]/g, (char) => `&#${char.codePointAt(0)};`);
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const base64 = (text: string): string => new TextEncoder().encode(text).toBase64();
const hex = (text: string): string => new TextEncoder().encode(text).toHex();
const lines = (text: string, width: number): string =>
  text.replace(new RegExp(`[^]{${width}}`, "g"), (part) => `${part}\n`);

/** The forms by name. */
export const ECHOES: Readonly<Record<string, Echo>> = {
  raw: (text) => text,
  html,
  "html-by-numbers": numbers,
  json,
  "json-twice": (text) => json(json(text)),
  "json-by-numbers": (text) =>
    text.replace(/[^a-z ]/gi, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "json-slashes": (text) => json(text).replaceAll("/", "\\/"),
  percent: encodeURIComponent,
  "percent-twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "percent-all": (text) => hex(text).replace(/../g, "%$&"),
  "percent-in-html": (text) => numbers(encodeURIComponent(text)),
  decoded: (text) => text.replace(/%[0-9a-f]{2}/gi, (part) => decodeURIComponent(part)).replaceAll("+", " "),
  base64,
  base64url: (text) => base64(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  "base64-in-lines": (text) => lines(base64(text), 76),
  hex,
  "hex-in-capitals": (text) => hex(text).toUpperCase(),
  "hex-by-bytes": (text) => hex(text).replace(/../g, "$& "),
  lines: (text) => lines(text, 9),
  "lines-of-html": (text) => lines(html(text), 20).replaceAll("\n", "\r\n    "),
  capitals: (text) => text.toUpperCase(),
  cut: (text) => text.split(/(?=\s)/).map((word) => word.slice(0, -3)).join(""),
  beheaded: (text) => text.replace(/([=:/ ]\w{3})(?=\S{12})/g, " "),
  invisible: (text) => [...text].join("\u200b"),
};

/** The kinds of its answers: a page with 404, JSON that refuses, a redirect; or a token first, and then a page. */
export type Kind = "page" | "fields" | "moved" | "gives";

/** The text of a request, line by line. */
async function said(request: Request): Promise<string> {
  const { pathname, search } = new URL(request.url);
  const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`);
  const body = await request.text();
  return [`${request.method} ${pathname}${search}`, ...headers, body.slice(0, 3_000)].join("\n");
}

/** A vendor over HTTP. The first part of the path selects the form; it answers a token request with a token. */
export function startEchoVendor({ token }: { token: string }): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const [, how = "", kind = ""] = pathname.split("/");
    const isLogin = /gettoken|accessToken/.test(pathname);
    if (isLogin && kind === "gives") {
      return Response.json({
        errcode: 0,
        access_token: token,
        accessToken: token,
        expires_in: 7_200,
        expireIn: 7_200,
      });
    }
    const words = ECHOES[how]!(await said(request));
    if (kind === "fields") {
      return Response.json({ errcode: 40_001, errmsg: words, code: 1, message: words, msg: words });
    }
    const status = kind === "moved" ? 302 : 404;
    const headers = {
      "content-type": "text/html",
      location: safe(words),
      "retry-after": "1",
      "x-request": safe(words),
    };
    return new Response(`<html><h1>Not found</h1><pre>Cannot do ${words}</pre></html>`, { status, headers });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A text that is valid in a header. */
function safe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").slice(0, 2_000);
}

/** A mail server that accepts no login, and repeats it. */
export function startEchoMail(how: string): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const echo = ECHOES[how]!;
  const talks = new Set<Promise<void>>();
  const open = new Set<Deno.Conn>();
  async function talk(connection: Deno.Conn): Promise<void> {
    const say = (text: string): Promise<number> => connection.write(new TextEncoder().encode(text));
    try {
      await say("220 mail.example.com\r\n");
      const decoder = new TextDecoder();
      for await (const chunk of connection.readable) {
        const line = decoder.decode(chunk).trim();
        if (/^EHLO/i.test(line)) await say("250-mail.example.com\r\n250 AUTH PLAIN LOGIN\r\n");
        else if (/^AUTH/i.test(line)) {
          const pair = new TextDecoder().decode(Uint8Array.fromBase64(line.split(" ").at(-1)!));
          const [, user = "", password = ""] = pair.split("\0");
          const words = echo(`${line} for ${user} with ${password}, ${user}:${password}`).split(/\r?\n/);
          await say(words.map((part, at) => `535${at < words.length - 1 ? "-" : " "}${part}\r\n`).join(""));
        } else await say("221 bye\r\n");
        if (/^QUIT/i.test(line)) break;
      }
    } catch {
      // The other side has closed the connection.
    } finally {
      open.delete(connection);
    }
  }
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      const talking = talk(connection);
      talks.add(talking);
      talking.finally(() => talks.delete(talking));
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It is closed.
        }
      }
      await accepting.catch(() => {});
      await Promise.all(talks);
    },
  };
}
