/**
 * Checks that a channel's own markup keeps text apart from markup.
 *
 * @module
 */
import type { Markup } from "../../relay/channel.ts";
import { markupOf } from "../../relay/channel/options.ts";
import { stringsIn } from "../../relay/config/secrets_of.ts";
import { requestFor } from "./check_request.ts";
import { fault } from "./finding.ts";
import { alert, HOSTILE } from "./messages.ts";
import type { Subject } from "./subject.ts";

/** Check that `escape` disarms all markup that the markup's other functions write. */
export async function checkMarkup(subject: Subject): Promise<void> {
  const markup = markupOf(subject.channel, subject.config);
  if (markup === undefined) return;
  if (subject.channel.request) await checkAdditions(subject, markup);
  for (const [name, print] of Object.entries(printers(markup))) {
    for (const [kind, text] of Object.entries(HOSTILE)) {
      await subject.ask(`form.${name}, of ${kind}`, () => print(markup.escape(text)));
    }
    const printed = await subject.ask(`form.${name}`, () => print("text"));
    const escaped = printed === undefined || printed === "text" ? undefined : markup.escape(printed);
    if (escaped === undefined || escaped !== printed) continue;
    subject.add(fault(
      `form.escape leaves ${
        JSON.stringify(printed)
      } as it is, which form.${name} writes: a label can become markup`,
      "escape the characters that the vendor's markup is made of",
    ));
  }
}

/** A title, or a name, that contains every common kind of markup. */
const MARKUP = "*b* _i_ `c` ~s~ <b>x</b> [l](https://x.example.com) <https://x.example.com|l> @all";

const BODY = "the body of a message";

/** Check that the channel's additions to the body are escaped, too. */
async function checkAdditions(subject: Subject, markup: Markup): Promise<void> {
  if (markup.escape(MARKUP) === MARKUP) return;
  const one = alert({ title: MARKUP, text: MARKUP, labels: { label: MARKUP } });
  const request = await requestFor(subject, "request, for a title with markup", {
    title: MARKUP,
    subject: MARKUP,
    name: MARKUP,
    body: BODY,
    alerts: [one],
    recipients: subject.people.map((member) => ({ ...member, name: MARKUP })),
  });
  const texts = request === undefined ? [] : stringsIn(request);
  if (!texts.some((text) => text.includes(BODY) && text.includes(MARKUP))) return;
  subject.add(fault(
    "request, for a title with markup: it puts a text beside the body as it is: a label can become markup",
    "put it through the escape of your form",
  ));
}

/** The functions of a markup that wrap words, as far as it has them. */
function printers({ bold, italic, code, link }: Markup): Record<string, (words: string) => string> {
  return {
    ...bold ? { bold } : {},
    ...italic ? { italic } : {},
    ...code ? { code } : {},
    ...link ? { link: (words) => link(words, "https://x.example.com/") } : {},
  };
}
