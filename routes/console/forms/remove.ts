import { problemText } from "../../../relay/config/mod.ts";
import { problemsIn } from "../../../relay/message/dictionary.ts";
import type { Relay } from "../../../relay/relay.ts";
import { refusalError } from "../../api/config.ts";
import { PageError } from "../../http/errors.ts";
import type { View } from "../shell.ts";

/** Remove an item of the configuration, if it is unchanged since the user saw it. @throws PageError · StoreError */
export async function removeItem(
  { commands }: Relay,
  { what, view, value }: { what: string; view: View & { form: URLSearchParams }; value?: unknown },
): Promise<void> {
  const version = view.form.get("version") || undefined;
  const changed = await commands.configuration.change({ what, value, version, by: view.who!.name });
  if (!("refused" in changed)) return;
  switch (changed.refused) {
    case "unknown":
      throw new PageError(404, "config.gone");
    case "managed":
      throw new PageError(409, "config.managed");
    case "stale":
    case "unversioned":
      throw new PageError(409, "config.changed");
    case "invalid":
      throw new PageError(409, "config.inUse", {
        params: { problems: problemsIn(view.locale, changed.problems).map(problemText).join("; ") },
      });
    case "sealed":
      throw new PageError(409, "config.sealed");
    default:
      throw refusalError(changed);
  }
}
