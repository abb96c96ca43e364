import { Hono } from "hono";
import { z } from "zod";
import { departmentSchema } from "../../../relay/config/mod.ts";
import { problemsIn } from "../../../relay/message/dictionary.ts";
import { PageError } from "../../http/errors.ts";
import { type Draft, Editor, statusOf, type Subject } from "../forms/edit.ts";
import { type FieldOf, fieldOf } from "../forms/field.ts";
import { removeItem } from "../forms/remove.ts";
import type { ConsolePage } from "../page.ts";
import type { Shell, View } from "../shell.ts";

const PATH = "/settings/departments";

/** `/settings/departments`: who may send as alarm_v2, how secrets are rotated, and how the intake token is used. */
export const departmentsPage: ConsolePage = {
  path: PATH,
  title: "departments.title",
  role: "admin",
  setting: true,
  routes,
};

function routes(shell: Shell): Hono {
  const { relay } = shell;
  const { configuration } = relay.query;
  const app = new Hono();

  app.get(PATH, async (c) => {
    const view = await shell.open(c, "admin");
    const { departments, publicUrl, openIntake } = relay.query.config;
    return await view.html("console/settings/departments", {
      title: view.t("departments.title"),
      departments: [...departments].map(([dep, { name, secrets, environments }]) => ({
        dep,
        name,
        secrets: secrets.length,
        environments: environments ?? [],
        managed: configuration.item(`departments/${dep}`)?.managedBy ?? "builtIn",
      })),
      problems: problemsIn(
        view.locale,
        configuration.problems.filter(({ what }) => what.startsWith("departments/")),
      ),
      address: publicUrl ?? new URL(c.req.url).origin,
      openIntake,
    });
  });
  app.get(`${PATH}/new`, async (c) => {
    const view = await shell.open(c, "admin");
    const editor = new Editor(relay, subjectOf());
    return await page(view, { editor, draft: editor.start(undefined) });
  });
  app.post(`${PATH}/new`, async (c) => await save(await shell.submit(c, "admin")));
  app.get(`${PATH}/:dep`, async (c) => {
    const view = await shell.open(c, "admin");
    const { dep } = c.req.param();
    const item = configuration.item(`departments/${dep}`);
    if (!item) throw new PageError(404, "config.gone");
    const editor = new Editor(relay, subjectOf(dep));
    return await page(view, { editor, draft: editor.start(item), dep });
  });
  app.post(`${PATH}/:dep`, async (c) => await save(await shell.submit(c, "admin"), c.req.param("dep")));
  app.post(`${PATH}/:dep/remove`, async (c) => {
    const view = await shell.submit(c, "admin");
    const { dep } = c.req.param();
    await removeItem(relay, { what: `departments/${dep}`, view });
    return view.done(PATH, "config.removed", { what: dep });
  });
  return app;

  async function save(view: View & { form: URLSearchParams }, dep?: string): Promise<Response> {
    const editor = new Editor(relay, subjectOf(dep));
    const unsaved = await editor.save(await editor.read(view), view);
    if (unsaved) return await page(view, { editor, draft: unsaved, ...dep === undefined ? {} : { dep } });
    return view.done(PATH, "config.saved");
  }

  async function page(
    view: View,
    { editor, draft, dep }: { editor: Editor; draft: Draft; dep?: string },
  ): Promise<Response> {
    const { t } = view;
    const item = dep === undefined ? undefined : configuration.item(`departments/${dep}`);
    return await view.html("console/config_form", {
      title: dep === undefined ? t("departments.new") : t("departments.edit", { dep }),
      about: t("departments.rotate"),
      back: { href: PATH, label: t("departments.title") },
      form: await editor.show(draft, view),
      readOnly: item?.managedBy === "file",
      remove: item && {
        href: `${PATH}/${encodeURIComponent(dep!)}/remove`,
        label: t("departments.remove", { dep: dep! }),
        help: t("departments.removeHelp"),
      },
      status: statusOf(draft),
    });
  }
}

/** The form of a department; a new one is also asked for its key, `dep`. */
function subjectOf(dep?: string): Subject {
  const field = fieldOf(departmentSchema) as FieldOf<"group">;
  if (dep !== undefined) return { field, what: () => `departments/${dep}` };
  const key: FieldOf<"text"> = {
    kind: "text",
    key: "dep",
    title: "dep",
    help: "What the sender writes as dep",
    required: true,
    number: false,
    multiline: false,
  };
  return {
    field: { ...field, fields: [key, ...field.fields] },
    what: (value) => `departments/${(value as { dep?: unknown } | undefined)?.dep ?? ""}`,
    isNew: true,
    schema: departmentSchema.extend({ dep: z.string().min(1) }),
    into: (_, part) => {
      const { dep: _dep, ...department } = part as Record<string, unknown>;
      return department;
    },
  };
}
