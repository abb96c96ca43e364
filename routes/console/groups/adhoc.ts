import { Hono } from "hono";
import { titleOfChannel } from "../../../relay/message/dictionary.ts";
import { PageError } from "../../http/errors.ts";
import { addressesOf } from "../people.ts";
import type { Shell } from "../shell.ts";

const PATH = "/groups/adhoc";

/**
 * `GET /groups/adhoc`: the groups that requests created with a target in their URL, such as
 * `/prometheusalert?ddurl=…` · `GET /groups/adhoc/:name`: redirects to its row · `POST /groups/adhoc/:name/remove`:
 * removes one.
 */
export function adhocRoutes(shell: Shell): Hono {
  const { commands, query: { targets: named, channels } } = shell.relay;
  const app = new Hono();

  app.get(PATH, async (c) => {
    const view = await shell.open(c);
    const targets = (await named.all()).map((target) => ({
      ...target,
      name: target.id.split("/")[1],
      title: titleOfChannel(target.channel, { channels, locale: view.locale }),
      people: target.members.map((member) => member.name ?? addressesOf(member)[0]?.value ?? member.id),
    }));
    return await view.html("console/groups/adhoc", { title: view.t("adhoc.title"), targets });
  });
  app.get(`${PATH}/:name`, async (c) => {
    const view = await shell.open(c);
    return view.done(`${PATH}#${encodeURIComponent(c.req.param("name"))}`);
  });
  app.post(`${PATH}/:name/remove`, async (c) => {
    const view = await shell.submit(c, "operator");
    const id = `adhoc/${c.req.param("name")}`;
    if (!await commands.removeTarget(id, view.who!.name)) throw new PageError(404, "adhoc.gone");
    return view.done(PATH, "adhoc.removed", { id });
  });
  return app;
}
