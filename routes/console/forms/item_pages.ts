import { Hono } from "hono";
import type { TextKey } from "../../../relay/message/locale.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell, View } from "../shell.ts";
import { Editor, type FormDraft, statusOf, type Subject } from "./edit.ts";
import { removeItem } from "./remove.ts";

/** A section of the configuration whose items are named by one key, such as `members/li.lei`. */
export interface ItemSection {
  /** Its address in the configuration; also the prefix of its texts' keys. */
  readonly name: "members" | "departments";
  /** The page that lists its items; the forms are below it. */
  readonly path: string;
  /** The text under the title of a form's page. */
  readonly about?: TextKey;
  /** The form of an item; without a key, the form of a new one. */
  readonly subjectOf: (key?: string) => Subject;
}

/** The pages that add, change and remove an item: `<path>/new`, `<path>/:key`, `<path>/:key/remove`. */
export function itemPages(shell: Shell, { name, path, about, subjectOf }: ItemSection): Hono {
  const { relay } = shell;
  const { configuration } = relay.query;
  const app = new Hono();

  app.get(`${path}/new`, async (c) => {
    const view = await shell.open(c, "admin");
    const editor = new Editor(relay, subjectOf());
    return await page(view, { editor, draft: editor.start(undefined), key: undefined });
  });
  app.post(`${path}/new`, async (c) => await save(await shell.submit(c, "admin"), undefined));
  app.get(`${path}/:key`, async (c) => {
    const view = await shell.open(c, "admin");
    const { key } = c.req.param();
    const item = configuration.item(`${name}/${key}`);
    if (!item) throw new PageError(404, `${name}.gone`);
    const editor = new Editor(relay, subjectOf(key));
    return await page(view, { editor, draft: editor.start(item), key });
  });
  app.post(`${path}/:key`, async (c) => await save(await shell.submit(c, "admin"), c.req.param("key")));
  app.post(`${path}/:key/remove`, async (c) => {
    const view = await shell.submit(c, "admin");
    const { key } = c.req.param();
    await removeItem(relay, { what: `${name}/${key}`, view });
    return view.done(path, "config.removed", { what: key });
  });
  return app;

  async function save(view: View & { form: URLSearchParams }, key: string | undefined): Promise<Response> {
    const editor = new Editor(relay, subjectOf(key));
    const draft = await editor.read(view);
    const unsaved = draft.isUnfinished ? draft : await editor.save(draft, view);
    if (unsaved) return await page(view, { editor, draft: unsaved, key });
    return view.done(path, "config.saved");
  }

  async function page(
    view: View,
    { editor, draft, key }: { editor: Editor; draft: FormDraft; key: string | undefined },
  ): Promise<Response> {
    const { t } = view;
    const item = key === undefined ? undefined : configuration.item(`${name}/${key}`);
    return await view.html("console/config_form", {
      title: key === undefined ? t(`${name}.new`) : t(`${name}.edit`, { key }),
      about: about && t(about),
      back: { href: path, label: t(`${name}.title`) },
      form: await editor.show(draft, view),
      readOnly: item?.managedBy === "file",
      remove: item && {
        href: `${path}/${encodeURIComponent(key!)}/remove`,
        label: t(`${name}.remove`, { key: key! }),
        help: t(`${name}.removeHelp`),
      },
      status: statusOf(draft),
    });
  }
}
