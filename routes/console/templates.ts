import { type Context, Hono } from "hono";
import type { Channel, Form } from "../../relay/channel.ts";
import { formOf } from "../../relay/channel/options.ts";
import type { Alert } from "../../relay/domain/alert.ts";
import { enrichedLabels } from "../../relay/domain/enrichment.ts";
import { route } from "../../relay/domain/rules.ts";
import { DEFAULT_GROUP, type Group } from "../../relay/domain/group.ts";
import { type Locale, LOCALES } from "../../relay/base/locale.ts";
import { entry, type Sample, sampleEntries, SAMPLES } from "../../relay/message/sample_entries.ts";
import type { Entry } from "../../relay/message/entry.ts";
import type { Relay } from "../../relay/relay.ts";
import { PageError } from "../http/errors.ts";
import { authorise } from "../http/identity.ts";
import { readPastedAlerts, type UnreadPaste } from "./pasted_alerts.ts";
import { pickable } from "./pick.ts";
import type { Shell, View } from "./shell.ts";
import {
  type ChannelUse,
  configOf,
  MAIL_HEADERS,
  type VendorMessage,
  type VendorView,
  vendorView,
} from "./vendor_view.ts";

/** A template's path in the folder, and the format of its vendors. */
interface Template {
  readonly path: string;
  readonly form: Form;
}

const MESSAGE: readonly Template[] = [
  { path: "message/markdown", form: "markdown" },
  { path: "message/text", form: "text" },
  { path: "mail/alerts", form: "html" },
];

const DIGEST: readonly Template[] = [
  { path: "message/digest_markdown", form: "markdown" },
  { path: "message/digest_text", form: "text" },
  { path: "mail/alerts", form: "html" },
];

const TITLE = "message/title";

/** `/templates`: every template with a real alert or a sample, as each vendor shows it. */
export function templatePages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/templates", async (c) => {
    const view = await shell.open(c);
    return await page(view, wantedIn(c, view.locale));
  });
  app.post("/templates", async (c) => {
    const view = await shell.submit(c, "viewer");
    const { locale } = wantedIn(c, view.locale, view.form);
    const pasted = view.form.get("payload") ?? "";
    const read = await readPastedAlerts(pasted, relay, view);
    if ("wrong" in read) return await page(view, { chosen: SAMPLES[0], locale, pasted, wrong: read });
    return await page(view, { chosen: PASTED, locale, pasted, alerts: read });
  });
  app.post("/templates/mail", async (c) => {
    const view = await shell.submit(c, "viewer");
    const { locale } = wantedIn(c, view.locale, view.form);
    const alerts = await readPastedAlerts(view.form.get("payload") ?? "", relay, view);
    if ("wrong" in alerts) throw new PageError(404, "templates.noMail");
    return await mailPage(c, relay, { chosen: PASTED, locale, alerts });
  });
  return app;

  async function page(
    view: View,
    { chosen, locale, pasted = "", alerts, wrong }: ShownAlert & { pasted?: string; wrong?: UnreadPaste },
  ): Promise<Response> {
    const { group, sections } = await writtenTemplates(relay, { chosen, locale, now: view.now, alerts });
    return await view.html("console/templates", {
      title: view.t("templates.title"),
      status: wrong ? 422 : 200,
      chosen,
      pasted,
      wrong,
      isPasted: alerts !== undefined,
      chosenLocale: locale,
      locales: LOCALES,
      samples: SAMPLES,
      picks: await pickable(relay.query, isSample(chosen) || alerts ? "" : chosen),
      group,
      folder: relay.query.templates.folder,
      problems: relay.query.templates.problems,
      heading: { ...about(relay, TITLE), title: titleIn(sections) },
      sections: sections.map(({ views, ...section }) => ({ ...section, alike: alike(views) })),
      mail: `/templates/mail?${new URLSearchParams({ alert: chosen, lang: locale })}`,
    });
  }
}

/** The alert of the shown messages: one of the log or a sample, or pasted ones. */
interface ShownAlert {
  readonly chosen: string;
  readonly locale: Locale;
  readonly alerts?: readonly Alert[] | undefined;
}

/** The value for pasted alerts. */
const PASTED = "pasted";

/** A template, and its message for each vendor. */
interface TemplateSection {
  readonly path: string;
  /** The operator's own file, if there is one. */
  readonly override: string | undefined;
  readonly problems: readonly string[];
  readonly form: Form;
  readonly views: readonly VendorView[];
}

/** Every template, rendered for an alert or a sample. @throws PageError 404 */
export async function writtenTemplates(
  relay: Relay,
  { chosen = SAMPLES[0], locale, now, alerts }: Partial<ShownAlert> & { locale: Locale; now: number },
): Promise<{ group: string; sections: TemplateSection[] }> {
  const shown = await shownOf(relay, { chosen, locale, now, alerts });
  const uses = usesOf(relay, shown.group);
  const sections = await Promise.all((shown.isDigest ? DIGEST : MESSAGE).map(async ({ path, form }) => ({
    ...about(relay, path),
    form,
    views: await Promise.all(
      uses.filter((use) => formOf(use.channel, use.channelConfig) === form)
        .map((use) => vendorView(use, shown, relay)),
    ),
  })));
  return { group: shown.group.id, sections };
}

/** `GET /templates/mail`: the mail's own page, under its own policy. */
export function templateMailRoutes(relay: Relay): Hono {
  const app = new Hono();
  app.get("/templates/mail", async (c) => {
    await authorise(c, { relay, role: "viewer" });
    return await mailPage(c, relay, wantedIn(c, relay.query.config.locale));
  });
  return app;
}

async function mailPage(c: Context, relay: Relay, wanted: ShownAlert): Promise<Response> {
  const shown = await shownOf(relay, { ...wanted, now: relay.query.clock.now() });
  const use = usesOf(relay, shown.group)
    .find(({ channel, channelConfig }) => formOf(channel, channelConfig) === "html");
  const html = use && (await vendorView(use, shown, relay)).message.html;
  if (html === undefined) throw new PageError(404, "templates.noMail");
  return c.html(html, 200, { ...MAIL_HEADERS });
}

/** `?alert=`: the id of an alert, or the name of a sample · `?lang=` */
function wantedIn(c: Context, fallback: Locale, form?: URLSearchParams): { chosen: string; locale: Locale } {
  const lang = form?.get("lang") ?? c.req.query("lang");
  return {
    chosen: c.req.query("alert") || SAMPLES[0],
    locale: LOCALES.find((locale) => locale === lang) ?? fallback,
  };
}

async function shownOf(
  { query: { alerts, config } }: Relay,
  { chosen, locale, now, alerts: pasted }: ShownAlert & { now: number },
): Promise<VendorMessage> {
  const groupOf = (id: string | undefined): Group => ({
    ...(config.groups.get(id ?? DEFAULT_GROUP) ?? config.groups.get(DEFAULT_GROUP)!),
    locale,
  });
  if (pasted) {
    const [first] = pasted;
    const [told] = first ? route(enrichedLabels(first.labels, config.enrich), config) : [];
    const entries = pasted.map((alert, index) => entry(alert, { id: `pasted-${index}` }));
    return { group: groupOf(told?.group.id), entries, id: "pasted" };
  }
  if (isSample(chosen)) {
    const entries = sampleEntries(chosen, now);
    return { group: groupOf(undefined), entries, id: "sample", isDigest: chosen === "digest" };
  }
  const whole = await alerts.whole(chosen);
  if (!whole) throw new PageError(404, "pick.gone");
  const { logged, alert } = whole;
  const told = logged.routing.find(({ outcome }) => outcome.kind === "told") ?? logged.routing[0];
  const heard = told?.outcome.kind === "told" ? told.outcome : undefined;
  const { reason = "first", folded = 0, still } = heard ?? {};
  const entries: Entry[] = [{
    ...entry(alert, { id: logged.id, reason, folded }),
    ...still ? { still } : {},
  }];
  return { group: groupOf(told?.group), entries, id: logged.id };
}

/** Each channel with the group's own settings, otherwise in each of its formats. The inbox has no vendor. */
function usesOf({ query: { channels } }: Relay, group: Group): ChannelUse[] {
  return channels.names().filter((name) => name !== "inbox").flatMap((name) => {
    const channel = channels.get(name)!;
    const uses = [{ channel, channelConfig: configOf(channel, group) }, ...otherForms(channel)];
    const forms = uses.map(({ channelConfig }) => formOf(channel, channelConfig));
    return uses.filter((_, index) => forms.indexOf(forms[index]!) === index);
  });
}

/** The sample of a channel with another format, if it has one of that name. */
function otherForms(channel: Channel): ChannelUse[] {
  return ["markdown", "card", "text"].flatMap((form) => {
    const parsed = channel.config.safeParse({ ...channel.sample, form });
    return parsed.success ? [{ channel, channelConfig: parsed.data }] : [];
  });
}

/** The path of a template's file, and the problem of the operator's own file. */
function about(
  { query: { templates } }: Relay,
  path: string,
): { path: string; override: string | undefined; problems: string[] } {
  return {
    path,
    override: templates.overrides.get(path),
    problems: templates.problems.filter((problem) => problem.includes(`"${path}.eta"`)),
  };
}

/** Groups views that look the same. */
function alike(views: readonly VendorView[]): VendorView[][] {
  const lookOf = ({ message: { title, body }, html, card, titled }: VendorView): string =>
    JSON.stringify([title, html || body, card, titled]);
  return [...Map.groupBy(views, lookOf).values()];
}

function titleIn(sections: readonly TemplateSection[]): string {
  return sections.flatMap(({ views }) => views)[0]?.message.title ?? "";
}

function isSample(text: string): text is Sample {
  return SAMPLES.some((sample) => sample === text);
}
