import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import { BUILT_IN, type Identity } from "../../relay/access/access.ts";
import { allows, type Role } from "../../relay/domain/role.ts";
import { formTokenOf, type Session, signSession } from "../../relay/access/session.ts";
import type { Locale } from "../../relay/base/locale.ts";
import { inWordsOf } from "../../relay/message/dictionary.ts";
import { type TextKey, type Translate, translator } from "../../relay/message/locale.ts";
import { formatAgo, formatTime } from "../../relay/base/time.ts";
import type { Relay } from "../../relay/relay.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import type { Manual } from "../api/openapi.ts";
import { readBody } from "../http/body.ts";
import { basePathOf, withBasePath } from "../http/base_path.ts";
import { PageError } from "../http/errors.ts";
import { gzip, takesGzip } from "../http/gzip.ts";
import { authorise, CHALLENGE, identify, SESSION_COOKIE } from "../http/identity.ts";
import type { BodyReader } from "../http/reading.ts";
import { isSecure } from "../http/remote_address.ts";
import { wantsHtml } from "../http/wants_html.ts";
import { assetPaths } from "./assets.ts";
import { localeOf } from "./language.ts";
import type { NavigationEntry } from "./navigation.ts";
import { briefTime, briefTimeElement, timeElement } from "./time_element.ts";
import { VERSION } from "../../relay/base/version.ts";

/** The cookie that carries a word from a form to the page that comes after it. */
const NOTICE_COOKIE = "fenghuo_notice";

/** The cookies of {@linkcode PREFERENCES}. */
export const preferenceCookie = (name: keyof typeof PREFERENCES): string => `fenghuo_${name}`;

/** What a browser remembers of how its user likes the pages. */
export const PREFERENCES = { locale: ["zh", "en"], theme: ["auto", "light", "dark"] } as const;

type Theme = typeof PREFERENCES.theme[number];

/** A sender's text in a list, a heading or the window's title: one line that turns no writing around, and ends. */
const short = (text: string | undefined): string => cut(oneLine(text ?? ""), { chars: 200 });

/** One request for a page: who asks, in which language, and how to answer. */
export interface View {
  readonly c: Context;
  /** Who asks; nobody on the page to sign in and on error pages. */
  readonly who: Identity | undefined;
  readonly locale: Locale;
  readonly t: Translate;
  readonly now: number;
  /** Answer with a template of `templates/`, by its path: `console/inbox`. */
  html(template: string, data: PageData): Promise<Response>;
  /** After a form: look at another address, and say there what was done. */
  done(path: string, notice?: TextKey, params?: Readonly<Record<string, string | number>>): Response;
}

/** Who changes something on a page, and when: for the audit. */
export function authorOf({ who, now }: View): { by: string; now: number } {
  return { by: who!.name, now };
}

/** What every template is given, whatever its page: a page's own data has other names. */
type Given =
  | "locale"
  | "t"
  | "now"
  | "timezone"
  | "time"
  | "ago"
  | "at"
  | "brief"
  | "when"
  | "words"
  | "may"
  | "formToken"
  | "here"
  | "short"
  | "named"
  | "shell";

/** What a page gives its template. */
export interface PageData extends Readonly<Record<string, unknown>>, Readonly<Partial<Record<Given, never>>> {
  /** Of the browser's window. */
  readonly title: string;
  readonly status?: 200 | 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 428 | 429 | 500 | 503;
}

/** What all pages of the console share: the guard before them, and the frame around them. */
export class Shell {
  readonly relay: Relay;
  /** What all addresses are for. */
  readonly manual: Manual;
  readonly #pages: readonly NavigationEntry[];

  constructor(relay: Relay, pages: readonly NavigationEntry[], { manual }: { manual: Manual }) {
    this.relay = relay;
    this.manual = manual;
    this.#pages = pages;
  }

  /** A page for whoever has at least this role. @throws RequestError 401, 403 · StoreError */
  async open(c: Context, role: Role = "viewer"): Promise<View> {
    return this.#view(c, await authorise(c, { relay: this.relay, role }));
  }

  /** A form's post from whoever has at least this role, and from a page of our own. @throws RequestError · StoreError */
  async submit(c: Context, role: Role): Promise<View & { form: URLSearchParams }> {
    // Before the body is read: a stranger must not make the relay read one.
    if (await identify(c, this.relay) === undefined) {
      throw new PageError(401, "error.signIn", { headers: CHALLENGE });
    }
    const form = await readForm(c);
    const formToken = form.get("form_token") ?? c.req.header("x-form-token");
    form.delete("form_token");
    return { ...this.#view(c, await authorise(c, { relay: this.relay, role, formToken })), form };
  }

  /** A page for everybody: to sign in, and for errors. It knows who asks when it can. */
  async openToAll(c: Context): Promise<View> {
    return this.#view(c, await identify(c, this.relay).catch(() => undefined));
  }

  /** The first page that this role is offered. */
  homeOf(role: Role): string {
    return this.#pages.find((page) => !page.setting && allows(role, page.role))?.path ?? "/account";
  }

  /** Give the browser a session's cookie. */
  giveSession(c: Context, session: Session): void {
    const { key } = this.relay.query.config;
    const maxAge = Math.ceil((session.until - this.relay.query.clock.now()) / 1000);
    setCookie(c, SESSION_COOKIE, signSession(session, { key }), { ...this.#cookie(c), maxAge });
  }

  /** Take it back. */
  takeSession(c: Context): void {
    deleteCookie(c, SESSION_COOKIE, { path: "/" });
  }

  /** Let the browser remember how its user likes the pages. */
  remember(c: Context, name: keyof typeof PREFERENCES, value: string): void {
    setCookie(c, preferenceCookie(name), value, { ...this.#cookie(c), maxAge: 365 * 24 * 3_600 });
  }

  #cookie(c: Context): CookieOptions {
    return {
      path: "/",
      httpOnly: true,
      sameSite: "Lax",
      secure: isSecure(c, this.relay.query.config.publicUrl),
    };
  }

  #view(c: Context, who: Identity & { renewed?: Session } | undefined): View {
    const { config, clock, templates } = this.relay.query;
    const { timezone } = config;
    const now = clock.now();
    const { changes } = this.relay.query.events; // before anything of the page is read
    const locale = oneOf(PREFERENCES.locale, getCookie(c, preferenceCookie("locale"))) ??
      localeOf(c.req.header("accept-language"), config.locale);
    const theme: Theme = oneOf(PREFERENCES.theme, getCookie(c, preferenceCookie("theme"))) ?? "auto";
    const t = translator(locale);
    if (who?.renewed) this.giveSession(c, who.renewed);
    const { pathname, search } = new URL(c.req.url);
    return {
      c,
      who,
      locale,
      t,
      now,
      html: async (template, { status = 200, ...data }) => {
        c.header("cache-control", "no-store");
        c.header("vary", "accept, accept-encoding, accept-language, cookie");
        c.header("content-type", "text/html; charset=utf-8");
        const page = templates.html(template, {
          ...data,
          title: short(data.title),
          short,
          tall: (text: string) => text.length > 120 || text.split("\n", 8).length > 6 ? 'tabindex="0"' : "",
          named: (title: string | undefined) => short(title) || t("message.untitled"),
          locale,
          t,
          now,
          timezone,
          time: (ms: number) => formatTime(ms, { timezone }),
          ago: (ms: number) => formatAgo(ms, { now, locale }),
          at: (ms: number) => briefTime(ms, { now, timezone }),
          brief: (ms: number) => briefTimeElement(ms, { now, locale, timezone }),
          when: (ms: number) => timeElement(ms, { now, locale, timezone }),
          words: (english: string) => inWordsOf(locale, english),
          may: (role: Role) => who !== undefined && allows(who.role, role),
          formToken: who?.session ? formTokenOf(who.session, { key: config.key }) : "",
          here: pathname + search,
          shell: {
            who,
            theme,
            assets: await assetPaths(),
            notice: this.#notice(c, t),
            nav: this.#navigation(who, pathname),
            settings: this.#settings(who, pathname),
            version: VERSION,
            base: basePathOf(config.publicUrl),
            builtIn: who?.name === BUILT_IN,
            live: who?.session !== undefined,
            changes,
          },
        });
        const html = withBasePath(page, config.publicUrl);
        if (!takesGzip(c)) return c.body(html, status);
        c.header("content-encoding", "gzip");
        return c.body(await gzip(html), status);
      },
      done: (path, notice, params = {}) => {
        if (notice) {
          setCookie(c, NOTICE_COOKIE, JSON.stringify([notice, params]), { ...this.#cookie(c), maxAge: 60 });
        }
        c.header("cache-control", "no-store");
        return c.redirect(basePathOf(config.publicUrl) + path, 303);
      },
    };
  }

  #navigation(who: Identity | undefined, pathname: string): NavigationLink[] {
    if (who === undefined) return [];
    const offered = this.#pages.filter(({ role }) => allows(who.role, role));
    const links = offered.filter(({ setting }) => !setting)
      .map(({ path, title }) => ({ path, title, current: isBelow(pathname, path) }));
    const [first] = offered.filter(({ setting }) => setting);
    return first === undefined ? links : [...links, {
      path: first.path,
      title: "nav.settings",
      current: offered.some(({ setting, path }) => setting && isBelow(pathname, path)),
    }];
  }

  #settings(who: Identity | undefined, pathname: string): NavigationLink[] {
    return this.#pages.filter(({ setting, role }) => setting && who && allows(who.role, role))
      .map(({ path, title }) => ({ path, title, current: isBelow(pathname, path) }));
  }

  /** What the last form did; shown once. */
  #notice(c: Context, t: Translate): string | undefined {
    const cookie = getCookie(c, NOTICE_COOKIE);
    if (cookie === undefined || !wantsHtml(c)) return undefined;
    deleteCookie(c, NOTICE_COOKIE, { path: "/" });
    try {
      const [key, params] = JSON.parse(cookie) as [TextKey, Record<string, string>];
      return t(key, params);
    } catch {
      return undefined;
    }
  }
}

/** A link of the navigation. */
interface NavigationLink {
  readonly path: string;
  readonly title: TextKey;
  /** Whether this is the page, or one below it. */
  readonly current: boolean;
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(`${path}/`);
}

function oneOf<T extends string>(values: readonly T[], value: string | undefined): T | undefined {
  return values.find((one) => one === value);
}

/** The fields of a form. @throws RequestError */
export async function readForm(c: Context, within?: BodyReader): Promise<URLSearchParams> {
  const type = c.req.header("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) throw new PageError(422, "error.noForm");
  return new URLSearchParams((await readBody(c.req.raw, { within })).text);
}
