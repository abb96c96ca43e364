import { type Context, Hono } from "hono";
import { type Door, fileSchema, inputSchema, pathText, type SchemaNode } from "../../../relay/config/mod.ts";
import { inWordsOf, problemsIn } from "../../../relay/message/dictionary.ts";
import { DEFAULT_HIDE_LABELS } from "../../../relay/message/labels.ts";
import type { Enrichment } from "../../../relay/domain/enrichment.ts";
import { DEFAULT_WHERE_LABELS } from "../../../relay/domain/where.ts";
import { PageError } from "../../http/errors.ts";
import { formatNumber } from "../format_number.ts";
import { Editor, type FormDraft, statusOf, type Subject } from "../forms/edit.ts";
import { fieldOf } from "../forms/field.ts";
import { isTree } from "../forms/merge.ts";
import { removeItem } from "../forms/remove.ts";
import type { Shell, View } from "../shell.ts";

const PATH = "/settings/general";

/** The sections that are edited here, in this order. */
const SECTIONS = [
  "doors",
  "inhibit",
  "enrich",
  "links",
  "severities",
  "ignore_labels",
  "heartbeat",
  "heartbeats",
  "drill",
  "where_labels",
  "hide_labels",
  "stale_after",
  "resolve_timeout",
  "retention",
  "ocp",
  "allowed_targets",
] as const;

type GeneralSection = typeof SECTIONS[number];

/** Sections that are shown only: a form for thousands of rows helps nobody, and a mapping is tried before it is pasted. */
const SHOWN_ONLY: readonly GeneralSection[] = ["doors", "enrich"];

/** The lists that apply if a section is missing, or names `default`. */
const BUILT_IN_LISTS: Readonly<Partial<Record<GeneralSection, readonly string[]>>> = {
  where_labels: DEFAULT_WHERE_LABELS,
  hide_labels: DEFAULT_HIDE_LABELS,
};

/** `/settings/general`: the sections of the configuration that are changed as a whole; links can be tried. */
export function generalPages(shell: Shell): Hono {
  const { relay } = shell;
  const { config, configuration } = relay.query;
  const app = new Hono();

  app.get(PATH, async (c) => {
    const view = await shell.open(c, "admin");
    const tried = c.req.query("try")?.trim() ?? "";
    return await view.html("console/settings/general", {
      title: view.t("general.title"),
      sections: SECTIONS.map((section) => {
        const item = configuration.item(section);
        const { title, description } = aboutOf(section, view);
        return {
          section,
          title,
          description,
          managed: item?.managedBy,
          lines: section === "enrich"
            ? config.enrich.map((table) => tableLine(table, view))
            : section === "doors"
            ? [...config.doors.values()].map((door) => doorLine(door, view))
            : item === undefined
            ? []
            : linesOf(item.value),
          fixed: SHOWN_ONLY.includes(section),
          builtIn: BUILT_IN_LISTS[section],
          problems: problemsIn(view.locale, item?.problems ?? []),
        };
      }),
      tried,
      rewritten: tried === "" ? undefined : relay.query.renderer.rewrite(tried) ?? null,
    });
  });
  app.get(`${PATH}/:section`, async (c) => {
    const view = await shell.open(c, "admin");
    const { section, editor } = editorOf(c);
    return await page(view, { section, editor, draft: editor.start(configuration.item(section)) });
  });
  app.post(`${PATH}/:section`, async (c) => {
    const view = await shell.submit(c, "admin");
    const { section, editor } = editorOf(c);
    const draft = await editor.read(view);
    if (draft.isUnfinished) return await page(view, { section, editor, draft });
    // An empty form removes the section.
    const isGone = draft.value === undefined && configuration.item(section) !== undefined;
    if (isGone && draft.complaints.length === 0) await removeItem(relay, { what: section, view });
    const unsaved = isGone || draft.value === undefined ? undefined : await editor.save(draft, view);
    if (unsaved) return await page(view, { section, editor, draft: unsaved });
    return view.done(PATH, "config.saved");
  });
  return app;

  function editorOf(c: Context): { section: GeneralSection; editor: Editor } {
    const section = SECTIONS.find((one) => one === c.req.param("section") && !SHOWN_ONLY.includes(one));
    if (!section) throw new PageError(404, "config.gone");
    return { section, editor: new Editor(relay, subjectOf(section)) };
  }

  async function page(
    view: View,
    { section, editor, draft }: { section: GeneralSection; editor: Editor; draft: FormDraft },
  ): Promise<Response> {
    return await view.html("console/config_form", {
      title: aboutOf(section, view).title,
      back: { href: PATH, label: view.t("general.title") },
      form: await editor.show(draft, view),
      readOnly: configuration.item(section)?.managedBy === "file",
      status: statusOf(draft),
    });
  }
}

function subjectOf(section: GeneralSection): Subject {
  const { title = section, description = "" } = fieldMeta(section);
  return {
    field: { ...fieldOf(fileSchema.shape[section]), title, help: description, required: false },
    what: () => section,
  };
}

function aboutOf(section: GeneralSection, { locale }: View): { title: string; description: string } {
  const { title = section, description = "" } = fieldMeta(section);
  return { title: inWordsOf(locale, title), description: inWordsOf(locale, description) };
}

function fieldMeta(section: GeneralSection): SchemaNode {
  return inputSchema(fileSchema).properties![section] as SchemaNode;
}

/** A door in a line, without its secrets: `/in/zabbix · token · ops/dba`. */
function doorLine({ name, type, auth, group }: Door, { t }: View): string {
  const proof = auth === "none"
    ? t("general.door.none")
    : auth === undefined
    ? t("general.door.intake")
    : "token" in auth
    ? t("general.door.token")
    : t("general.door.hmac", { header: auth.hmac.header });
  return [`/in/${name}`, type?.name ?? proof, ...group === undefined ? [] : [group]].join(" · ");
}

/** A table in a line: `host → owner, service · 412 rows`. */
function tableLine({ match, rows }: Enrichment, { t }: View): string {
  const names = new Set<string>();
  for (const { labels, annotations } of rows.values()) {
    for (const name of [...Object.keys(labels), ...Object.keys(annotations)]) names.add(name);
  }
  const count = formatNumber(rows.size);
  return `${match.join(" + ")} → ${[...names].join(", ")} · ${t("general.rows", { count })}`;
}

/** A value in a few lines. */
function linesOf(value: unknown, path: readonly PropertyKey[] = []): string[] {
  if (Array.isArray(value)) {
    return value.map((entry) => isTree(entry) ? Object.values(entry).join(" → ") : String(entry));
  }
  if (isTree(value)) return Object.entries(value).flatMap(([key, inner]) => linesOf(inner, [...path, key]));
  return [path.length === 0 ? String(value) : `${pathText(path)}: ${value}`];
}
