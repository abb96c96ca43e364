import { Hono } from "hono";
import type { Translate } from "../../relay/message/locale.ts";
import { formatTime } from "../../relay/base/time.ts";
import type { Relay } from "../../relay/relay.ts";
import type { AuditEntry } from "../../relay/domain/audit_note.ts";
import type { Shell } from "./shell.ts";
import { readLocal } from "./silences/times.ts";

/** Entries of one page. */
const SHOWN = 50;

/** At most this many characters of a value are shown. */
const MAX_CHARS = 600;

/** The actions in the audit. */
const ACTIONS = [
  "added",
  "changed",
  "removed",
  "revoked",
  "ended",
  "dropped",
  "acknowledged",
  "unacknowledged",
  "taken",
  "assigned",
  "noted",
  "snoozed",
  "closed",
  "reopened",
  "sent again",
  "exported with secrets",
  "tested",
] as const;

/** `GET /audit`: the changes with their authors and times, and the values before them. */
export function auditPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/audit", async (c) => {
    const view = await shell.open(c, "admin");
    const { timezone } = relay.query.config;
    const { by = "", what = "", from = "", to = "", before } = c.req.query();
    const filter = { by: by.trim(), what: what.trim().replace(/\/+$/, ""), from, to };
    const begin = readLocal(from, timezone);
    const end = readLocal(to, timezone);
    const errors = {
      ...from !== "" && begin === undefined ? { from: view.t("silences.noTime") } : {},
      ...to !== "" && end === undefined ? { to: view.t("silences.noTime") } : {},
      ...begin !== undefined && end !== undefined && end <= begin ? { to: view.t("silences.notAfter") } : {},
    };
    const isWrong = Object.keys(errors).length > 0;
    const { entries, next } = isWrong ? { entries: [] } : await relay.query.audit({
      limit: SHOWN,
      before,
      by: filter.by || undefined,
      what: filter.what || undefined,
      from: begin,
      to: end,
    });
    const given = Object.entries(filter).filter(([, value]) => value !== "");
    const address = (more: Record<string, string>): string =>
      `/audit?${new URLSearchParams([...given, ...Object.entries(more)])}`;
    return await view.html("console/audit", {
      title: view.t("audit.title"),
      status: isWrong ? 422 : 200,
      filter,
      errors,
      narrowed: given.length > 0,
      entries: entries.map((entry) => ({
        ...entry,
        done: wordsFor(entry.action, view.t),
        changes: changesIn(entry).map(({ name, before, after }) => ({
          name,
          ...before === undefined ? {} : { before: momentIn(before, timezone) },
          ...after === undefined ? {} : { after: momentIn(after, timezone) },
        })),
        href: addressOf(entry.what, relay),
      })),
      newer: before === undefined ? undefined : address({}),
      older: next === undefined ? undefined : address({ before: next }),
    });
  });
  return app;
}

/** A changed value, by its path in the item. */
export interface ChangedValue {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

/** The differences between before and after, value by value. */
export function changesIn({ before, after }: Pick<AuditEntry, "before" | "after">): ChangedValue[] {
  const [old, fresh] = [flat(before), flat(after)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])];
  return names.filter((name) => old.get(name) !== fresh.get(name)).map((name) => ({
    name,
    ...old.has(name) ? { before: old.get(name)! } : {},
    ...fresh.has(name) ? { after: fresh.get(name)! } : {},
  }));
}

/** Every value of an object, by its path: `destinations.0.config.token`. */
function flat(value: unknown, path = ""): Map<string, string> {
  if (value === undefined) return new Map();
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return new Map([[path, text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text]]);
  }
  const parts = Object.entries(value).map(([name, part]) =>
    flat(part, path === "" ? name : `${path}.${name}`)
  );
  return new Map(parts.flatMap((part) => [...part]));
}

/** An action in the reader's language; an action without a translation is unchanged. */
function wordsFor(action: string, t: Translate): string {
  const translated = ACTIONS.find((one) => one === action);
  return translated === undefined ? action : t(`audit.action.${translated}`);
}

/** A time that a record contains in milliseconds or in UTC, formatted for people; any other value unchanged. */
function momentIn(text: string, timezone: string): string {
  const isTime = /^1\d{12}$/.test(text) || /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
  return isTime ? formatTime(Number(text) || Date.parse(text), { timezone }) : text;
}

/** Kinds of objects that have pages of their own. */
const SHOWN_AT = ["incidents", "silences", "deliveries", "groups", "members"];

/** The page of an object, if it has one. */
function addressOf(what: string, { query: { config } }: Relay): string | undefined {
  const [kind, ...id] = what.split("/");
  const isGone = kind === "groups" && !config.groups.has(id.join("/")) ||
    kind === "members" && !config.members.has(id.join("/"));
  if (isGone) return undefined;
  if (kind === "oncall") return `/oncall?group=${encodeURIComponent(id.join("/"))}`;
  if (!SHOWN_AT.includes(kind!) || id.length === 0) return undefined;
  return `/${kind}/${id.map(encodeURIComponent).join("/")}`;
}
