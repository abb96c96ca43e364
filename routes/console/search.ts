import { type Context, Hono } from "hono";
import { z } from "zod";
import { LOCALES } from "../../relay/base/locale.ts";
import { foldCase, termsOf } from "../../relay/domain/summary.ts";
import { translator } from "../../relay/message/locale.ts";
import { findExact } from "../../relay/query/exact.ts";
import { searchAll } from "../../relay/query/search_all.ts";
import type { Hit, HitsOfKind } from "../../relay/query/shapes/search.ts";
import { basePathOf } from "../http/base_path.ts";
import { pageOfHit } from "../http/page_of_hit.ts";
import { parseForm } from "./form.ts";
import { localPath } from "./local_path.ts";
import type { NavigationEntry } from "./navigation.ts";
import type { Shell } from "./shell.ts";

/** The number of results of each kind. */
const SHOWN = 10;

/** The time limit of each kind that is searched in the log, in milliseconds. */
const BUDGET = 40;

const query = z.object({ q: z.string().trim().max(200).default("") });

/**
 * `GET /search?q=`: a search over everything. An id, a fingerprint or an address of this relay opens its page
 * directly.
 */
export function searchPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/search", async (c) => {
    const view = await shell.open(c);
    const read = parseForm(new URL(c.req.url).searchParams, query, view);
    if (!read.ok) {
      return await view.html("console/search", {
        title: view.t("search.title"),
        status: 422,
        asked: "",
        error: read.errors.q ?? view.t("error.noForm"),
        pages: [],
        kinds: [],
      });
    }
    const { q } = read.data;
    const own = ownAddress(q, c);
    if (own !== undefined) return view.done(own);
    const exact = q === "" ? undefined : await findExact(q, relay.query);
    if (exact) return view.done(pageOfHit(exact));
    const kinds = await searchAll(q, relay.query, { limit: SHOWN, budget: BUDGET, locale: view.locale });
    return await view.html("console/search", {
      title: q === "" ? view.t("search.title") : `${q} · ${view.t("search.title")}`,
      asked: q,
      found: q,
      pages: pagesNamed(q, shell.pagesOf(view)),
      kinds: kinds.map((kind) => shown(kind, q)),
    });
  });
  return app;

  /** The path of an address of this relay, copied from the browser or a message. */
  function ownAddress(text: string, c: Context): string | undefined {
    const url = /^https?:\/\//.test(text) ? URL.parse(text) : null;
    if (!url) return undefined;
    const { publicUrl } = relay.query.config;
    const origins = [new URL(c.req.url).origin, publicUrl === undefined ? [] : new URL(publicUrl).origin]
      .flat();
    if (!origins.includes(url.origin)) return undefined;
    const base = basePathOf(publicUrl);
    const path = url.pathname.startsWith(`${base}/`) ? url.pathname.slice(base.length) : url.pathname;
    return localPath(path + url.search, "/") + url.hash;
  }
}

/** Pages whose names contain every word, in the reader's language or another one. */
function pagesNamed(text: string, pages: readonly NavigationEntry[]): readonly NavigationEntry[] {
  const terms = termsOf(text);
  if (terms.length === 0) return [];
  return pages.filter(({ title }) => {
    const hay = foldCase(LOCALES.map((locale) => translator(locale)(title)).join("\n"));
    return terms.every((term) => hay.includes(term));
  });
}

/** The results of a kind with their pages, and the list with all of them. */
function shown({ kind, hits, ...rest }: HitsOfKind, q: string): object {
  return { ...rest, kind, hits: hits.map((hit) => ({ ...hit, page: pageOfHit(hit) })), all: listOf(kind, q) };
}

function listOf(kind: Hit["kind"], q: string): string | undefined {
  switch (kind) {
    case "incident":
      return `/incidents?${new URLSearchParams({ state: "all", text: q })}`;
    case "alert":
      return `/alerts?${new URLSearchParams({ q })}`;
    case "group":
    case "member":
      return `/${kind}s?${new URLSearchParams({ q: q.slice(0, 100) })}`;
    case "silence":
      return "/silences";
    case "rule":
      return "/rules";
    case "channel":
    case "destination":
      return "/channels";
    default:
      return undefined;
  }
}
