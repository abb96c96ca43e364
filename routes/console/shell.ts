import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import type { Identity } from "../../relay/access/access.ts";
import { BUILT_IN } from "../../relay/access/built_in_account.ts";
import { allows, type Role } from "../../relay/domain/role.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import { formTokenOf, type Session, signSession } from "../../relay/access/session.ts";
import type { Locale } from "../../relay/base/locale.ts";
import { inWordsOf, titleWords } from "../../relay/message/dictionary.ts";
import { type TextKey, type Translate, translator } from "../../relay/message/locale.ts";
import { formatAgo, formatTime } from "../../relay/base/time.ts";
import type { Pulse } from "../../relay/query/overview/pulse.ts";
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
import { formatNumber } from "./format_number.ts";
import { KEYS } from "./keys.ts";
import { localeOf } from "./language.ts";
import { localPath } from "./local_path.ts";
import { type Navigation, type NavigationEntry, navigationOf } from "./navigation.ts";
import { paletteOf } from "./palette.ts";
import { SEVERITY_SIGNS } from "./severity_signs.ts";
import { briefTime, briefTimeElement, timeElement } from "./time_element.ts";
import { VERSION } from "../../relay/base/version.ts";

/** The cookie that carries a form's notice to the next page. */
const NOTICE_COOKIE = "fenghuo_notice";

/** The address of the frame's changing parts. */
export const FRAME = "/frame";

/** The frame of a page for an account. */
interface Frame extends Navigation {
  /** The page's own path. */
  readonly at: string;
  readonly pulse: Pulse | undefined;
}

/** The cookies of {@linkcode PREFERENCES}. */
export const preferenceCookie = (name: keyof typeof PREFERENCES): string => `fenghuo_${name}`;

/** The user's preferences, which the browser stores. */
export const PREFERENCES = {
  locale: ["zh", "en"],
  theme: ["auto", "light", "dark"],
  density: ["comfortable", "compact"],
} as const;

type Theme = typeof PREFERENCES.theme[number];

/** A sender's text in a list, a heading or the window's title: one short line without control or direction characters. */
const short = (text: string | undefined): string => cut(oneLine(text ?? ""), { chars: 200 });

/** The fields of the form that undoes an action: see incidents/undo.ts. */
type UndoFields = Readonly<Record<string, string>>;

/** The result of the last form. */
interface Notice {
  readonly text: string;
  readonly undo?: UndoFields | undefined;
}

/** One request for a page: the account, the language, and the methods to answer it. */
export interface View {
  readonly c: Context;
  /** The caller; may be missing on the sign-in page and on error pages. */
  readonly who: Identity | undefined;
  readonly locale: Locale;
  readonly t: Translate;
  readonly now: number;
  /** Answer with a template of `templates/`, by its path: `console/inbox`. */
  html(template: string, data: PageData): Promise<Response>;
  /** After a form: redirect to another address, which shows a notice. */
  done(
    path: string,
    notice?: TextKey,
    params?: Readonly<Record<string, string | number>>,
    options?: { readonly undo?: UndoFields | undefined },
  ): Response;
}

/** The author and the time of a change, for the audit. */
export function authorOf({ who, now }: View): { by: string; now: number } {
  return { by: who!.name, now };
}

/** The data of every template; a page's own data has other names. */
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
  | "number"
  | "sign"
  | "shell";

/** The data of a page's template. */
export interface PageData extends Readonly<Record<string, unknown>>, Readonly<Partial<Record<Given, never>>> {
  /** The title of the browser's window. */
  readonly title: string;
  readonly status?: 200 | 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 428 | 429 | 500 | 503;
}

/** The common part of all console pages: the guard and the frame. */
export class Shell {
  readonly relay: Relay;
  /** The OpenAPI document. */
  readonly manual: Manual;
  readonly #pages: readonly NavigationEntry[];

  constructor(relay: Relay, pages: readonly NavigationEntry[], { manual }: { manual: Manual }) {
    this.relay = relay;
    this.manual = manual;
    this.#pages = pages;
  }

  /** A page for accounts with at least this role. @throws RequestError 401, 403 · StoreError */
  async open(c: Context, role: Role = "viewer"): Promise<View> {
    return this.#view(c, await authorise(c, { relay: this.relay, role }));
  }

  /** A form's post by an account with at least this role, from one of our own pages. @throws RequestError · StoreError */
  async submit(c: Context, role: Role): Promise<View & { form: URLSearchParams }> {
    // Before the body is read: an unauthenticated caller must not make the relay read one.
    if (await identify(c, this.relay) === undefined) {
      throw new PageError(401, "error.signIn", { headers: CHALLENGE });
    }
    const form = await readForm(c);
    const formToken = form.get("form_token") ?? c.req.header("x-form-token");
    form.delete("form_token");
    return { ...this.#view(c, await authorise(c, { relay: this.relay, role, formToken })), form };
  }

  /**
   * A public page: for signing in, for errors, and for links in messages. It includes the account if there is one.
   * `locale`: the language, unless the reader has chosen one.
   */
  async openToAll(c: Context, { locale }: { locale?: Locale | undefined } = {}): Promise<View> {
    return this.#view(c, await identify(c, this.relay).catch(() => undefined), locale);
  }

  /** The first page in this role's navigation. */
  homeOf(role: Role): string {
    return this.#pages.find((page) => allows(role, page.role))?.path ?? "/settings/password";
  }

  /** The pages that an account may see, in the order of the navigation. */
  pagesOf({ who }: Pick<View, "who">): readonly NavigationEntry[] {
    return who === undefined ? [] : this.#pages.filter((page) => allows(who.role, page.role));
  }

  /** Set the session's cookie. */
  giveSession(c: Context, session: Session): void {
    const { key } = this.relay.query.config;
    const maxAge = Math.ceil((session.until - this.relay.query.clock.now()) / 1000);
    setCookie(c, SESSION_COOKIE, signSession(session, { key }), { ...this.#cookie(c), maxAge });
  }

  /** Delete the session's cookie. */
  takeSession(c: Context): void {
    deleteCookie(c, SESSION_COOKIE, { path: "/" });
  }

  /** Store the user's preferences in the browser. */
  remember(c: Context, name: keyof typeof PREFERENCES, value: string): void {
    setCookie(c, preferenceCookie(name), value, { ...this.#cookie(c), maxAge: 365 * 24 * 3_600 });
  }

  #cookie(c: Context): CookieOptions {
    return {
      path: "/",
      httpOnly: true,
      sameSite: "Lax",
      secure: isSecure(c, this.relay.query.config),
    };
  }

  #view(c: Context, who: Identity & { renewed?: Session } | undefined, usual?: Locale): View {
    const { channels, config, clock, templates } = this.relay.query;
    const { timezone } = config;
    const now = clock.now();
    const { changes } = this.relay.query.events; // before the page reads anything
    const locale = oneOf(PREFERENCES.locale, getCookie(c, preferenceCookie("locale"))) ??
      usual ?? localeOf(c.req.header("accept-language"), config.locale);
    const theme: Theme = oneOf(PREFERENCES.theme, getCookie(c, preferenceCookie("theme"))) ?? "auto";
    const t = translator(locale);
    const titles = titleWords(channels);
    if (who?.renewed) this.giveSession(c, who.renewed);
    const { pathname, search } = new URL(c.req.url);
    // A part of the frame is requested on behalf of its page.
    const at = pathname === FRAME ? localPath(c.req.query("at"), "/") : pathname;
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
          number: formatNumber,
          sign: (severity: Severity) => SEVERITY_SIGNS[severity],
          words: (english: string) => inWordsOf(locale, english, titles),
          may: (role: Role) => who !== undefined && allows(who.role, role),
          formToken: who?.session ? formTokenOf(who.session, { key: config.key }) : "",
          here: pathname + search,
          shell: {
            who,
            theme,
            density: oneOf(PREFERENCES.density, getCookie(c, preferenceCookie("density"))) ?? "comfortable",
            assets: await assetPaths(),
            notice: this.#notice(c, t),
            ...await this.#frameOf(who, at),
            keys: KEYS,
            palette: who && paletteOf(this.pagesOf({ who }), who.role),
            version: VERSION,
            base: basePathOf(config.publicUrl),
            builtIn: who?.name === BUILT_IN,
            live: who?.session !== undefined || who?.by === "proxy",
            changes,
          },
        });
        const html = withBasePath(page, config.publicUrl);
        if (!takesGzip(c)) return c.body(html, status);
        c.header("content-encoding", "gzip");
        return c.body(await gzip(html), status);
      },
      done: (path, notice, params = {}, { undo } = {}) => {
        if (notice) {
          setCookie(c, NOTICE_COOKIE, JSON.stringify([notice, params, undo]), {
            ...this.#cookie(c),
            maxAge: 60,
          });
        }
        c.header("cache-control", "no-store");
        return c.redirect(basePathOf(config.publicUrl) + path, 303);
      },
    };
  }

  /** The navigation and the state of the relay, for an account. An error page must not fail on a broken database. */
  async #frameOf(who: Identity | undefined, pathname: string): Promise<Partial<Frame>> {
    if (who === undefined) return {};
    const pulse = await this.relay.query.pulse().catch(() => undefined);
    const { sections, tabs } = navigationOf(this.#pages, { role: who.role, pathname, pulse });
    return { at: pathname, sections, tabs, pulse };
  }

  /** The notice of the last form; shown once. */
  #notice(c: Context, t: Translate): Notice | undefined {
    const cookie = getCookie(c, NOTICE_COOKIE);
    if (cookie === undefined || !wantsHtml(c)) return undefined;
    deleteCookie(c, NOTICE_COOKIE, { path: "/" });
    try {
      const [key, params, undo] = JSON.parse(cookie) as [TextKey, Record<string, string>, UndoFields?];
      return { text: t(key, params), undo };
    } catch {
      return undefined;
    }
  }
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
