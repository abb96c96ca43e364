import type { IncomingAlert, Link } from "../../relay/domain/alert.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import { isWebAddress } from "../../relay/base/web_address.ts";

/** A message that a program published for people's phones. */
export interface Published {
  /** The door: `ntfy`, `gotify` … */
  readonly dialect: string;
  readonly title?: string | undefined;
  readonly text: string;
  readonly severity: Severity;
  readonly link?: string | undefined;
  readonly labels?: Readonly<Record<string, string | undefined>>;
  /** Identifies it; without a key, its title and text do. */
  readonly key?: string | undefined;
}

/** A published message as an alert. The same words are the same alert. */
export function publishedAlert(
  { dialect, title = "", text, severity, link, labels = {}, key }: Published,
): IncomingAlert {
  const name = cut(oneLine(title) || firstLineOf(text), { chars: 200 });
  const links: Link[] = link !== undefined && isWebAddress(link) ? [{ kind: "source", url: link }] : [];
  return {
    identity: key ? { key } : { title, text },
    alert: {
      dialect,
      status: "firing",
      statusAssumed: true,
      severity,
      title: name,
      text,
      labels: Object.fromEntries(
        Object.entries({ alertname: name, severity, ...labels })
          .filter((label): label is [string, string] => label[1] !== undefined && label[1] !== ""),
      ),
      annotations: {},
      startsAt: null,
      endsAt: null,
      links,
    },
  };
}

function firstLineOf(text: string): string {
  return oneLine(text.split("\n").find((line) => line.trim() !== "") ?? "").trim();
}
