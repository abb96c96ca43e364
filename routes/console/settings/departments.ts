import { Hono } from "hono";
import { z } from "zod";
import { departmentSchema } from "../../../relay/config/mod.ts";
import { problemsIn } from "../../../relay/message/dictionary.ts";
import type { Subject } from "../forms/edit.ts";
import { type FieldOf, fieldOf } from "../forms/field.ts";
import { itemPages } from "../forms/item_pages.ts";
import type { Shell } from "../shell.ts";

const PATH = "/settings/departments";

/** `/settings/departments`: the senders of alarm_v2, the rotation of secrets, and the use of the intake token. */
export function departmentPages(shell: Shell): Hono {
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
  app.route(
    "/",
    itemPages(shell, { name: "departments", path: PATH, about: "departments.rotate", subjectOf }),
  );
  return app;
}

/** The form of a department; for a new one also its key, `dep`. */
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
