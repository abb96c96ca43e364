import {
  type ChannelResponse,
  defineChannel,
  laneAt,
  type Message,
  refused,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";
import { buttonsOf } from "./_chat/buttons.ts";
import { isLoud } from "./_chat/follow.ts";
import { type Line, linesOf, RICH_TEXT, type Run } from "./_chat/rich_text.ts";
import { REMEDIES } from "./_teams/remedies.ts";

const config = z.object({
  url: z.url({ protocol: /^https?$/ }).refine(
    (url) => !/\.webhook\.office\.com$/.test(URL.parse(url)?.hostname ?? ""),
    "is of an Office 365 connector, which Microsoft has ended: create a workflow in Teams",
  ).meta({
    title: "Workflow URL",
    description: 'Of the workflow "Post to a channel when a webhook request is received".',
    secret: true,
  }),
  mention: z.boolean().default(false).meta({
    title: "Mention members",
    description: "Mentions the group's members by their Teams address.",
  }),
});

/** About 28 KB with markup; above it, the workflow fails unseen: https://learn.microsoft.com/en-us/connectors/teams/ */
const REQUEST_BYTES = 27_000;

/** The colours of an adaptive card's text: https://adaptivecards.io/explorer/TextRun.html */
const COLOURS = { critical: "Attention", error: "Attention", warning: "Warning", info: "Accent" } as const;

export default defineChannel({
  api: 1,
  name: "teams",
  title: "Microsoft Teams",
  docs:
    "https://support.microsoft.com/en-us/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498",
  config,
  words: {
    zh: {
      "Workflow URL": "工作流地址",
      'Of the workflow "Post to a channel when a webhook request is received".':
        "工作流“收到 webhook 请求时发布到频道”的地址。",
      "is of an Office 365 connector, which Microsoft has ended: create a workflow in Teams":
        "是 Office 365 连接器的地址，微软已停用：请在 Teams 中创建工作流",
      "Mention members": "@ 成员",
      "Mentions the group's members by their Teams address.": "按成员的 Teams 账号提醒。",
      "Teams address": "Teams 账号",
      "The user principal name, such as li.lei@example.com": "用户主体名称，例如 li.lei@example.com",
    },
  },
  limits: {
    titleChars: 200,
    request: { bytes: REQUEST_BYTES },
    alerts: 500, // our choice: alike alerts share a line
    // Assumed, after the connectors: four requests a second
    rates: [{ messages: 4, per: 1_000 }],
  },
  form: RICH_TEXT,
  titleApart: true,
  buttons: true,
  address: {
    name: "teams",
    title: "Teams address",
    description: "The user principal name, such as li.lei@example.com",
  },
  // The signature in the query is the credential.
  lane: ({ url }) => laneAt(url.split("?")[0]!),
  request: ({ url, mention }, message) => ({
    url,
    json: {
      type: "message",
      attachments: [{
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: message.plain ? cardOf(linesOf(message.body).map(elementOf)) : contentOf(message, mention),
      }],
    },
  }),
  // 202 says that the workflow has started; Teams does not report its result.
  verdict: verdictOn,
  // https://learn.microsoft.com/en-us/azure/logic-apps/logic-apps-http-endpoint, and its errors as seen in the field
  fixtures: {
    accepted: [{ status: 202 }],
    throttled: [{ status: 429, headers: { "retry-after": "17" }, waitMs: 17_000 }],
    refused: [
      {
        status: 401,
        json: failure(
          "DirectApiAuthorizationRequired",
          "The request must be authenticated only by Shared Access scheme.",
        ),
        what: "config",
      },
      { status: 404, json: failure("WorkflowNotFound", "The workflow could not be found."), what: "config" },
      {
        status: 400,
        json: failure(
          "WorkflowTriggerIsNotEnabled",
          "Could not execute workflow trigger because it is not enabled.",
        ),
        what: "config",
      },
      {
        status: 400,
        json: failure("TriggerInputSchemaMismatch", "The input body for trigger does not match its schema."),
        what: "payload",
      },
      { status: 413, json: failure("RequestEntityTooLarge", "The request is too large."), what: "payload" },
    ],
    retried: [{ about: "a page", text: "<html></html>" }, {
      status: 502,
      json: failure("NoResponse", "The server did not receive a response."),
    }],
  },
  remedies: REMEDIES,
  sample: {
    url:
      "https://x.environment.api.powerplatform.com/powerautomate/workflows/a/triggers/manual/invoke?sig=A0%2B%2F%3D%26cd",
    mention: true,
  },
});

function failure(code: string, message: string): unknown {
  return { error: { code, message } };
}

type Element = Readonly<Record<string, unknown>>;

function cardOf(body: readonly Element[], entities: readonly Element[] = []): Element {
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full", ...entities.length === 0 ? {} : { entities } },
    body,
  };
}

/** Runs of text, because a text block is markdown that cannot be escaped. Only a text block can mention people. */
function contentOf(message: Message, mention: boolean): Element {
  const colour = message.status === "resolved" ? "Good" : COLOURS[message.severity];
  const called = mention && isLoud(message) ? calledBy(message) : [];
  const buttons = buttonsOf(message, { most: 6 });
  const head = paragraphOf([{ text: message.title, bold: true }], { size: "Medium", color: colour });
  return {
    ...cardOf([
      head,
      ...linesOf(message.body).map(elementOf),
      ...called.length === 0
        ? []
        : [{ type: "TextBlock", wrap: true, text: called.map(({ text }) => text).join(" ") }],
    ], called),
    ...buttons.length === 0
      ? {}
      : { actions: buttons.map(({ title, url }) => ({ type: "Action.OpenUrl", title, url })) },
  };
}

/** At most 50 people are mentioned. Characters that would end a mention are left out of the name. */
function calledBy({ recipients }: Message): { type: string; text: string; mentioned: Element }[] {
  return recipients.filter(({ teams }) => teams !== undefined).slice(0, 50).map(
    ({ id, name = id, teams }) => {
      const shown = name.replace(/[<>&*_[\]#]/g, " ").trim() || "member";
      return { type: "mention", text: `<at>${shown}</at>`, mentioned: { id: teams, name: shown } };
    },
  );
}

/** A line of its own for each, because not every client of Teams breaks a line within a text. */
function elementOf({ kind, runs }: Line): Element {
  const own = runs.length === 0 ? [{ text: " " }] : runs;
  const marked = kind === "bullet"
    ? [{ text: "• " }, ...own]
    : kind === "quote"
    ? [{ text: "│ " }, ...own]
    : own;
  return { ...paragraphOf(marked), spacing: "None" };
}

function paragraphOf(runs: readonly Run[], look: Element = {}): Element {
  return {
    type: "RichTextBlock",
    inlines: runs.map(({ text, bold, italic, code, url }) => ({
      type: "TextRun",
      text,
      ...look,
      ...bold ? { weight: "Bolder" } : {},
      ...italic ? { italic: true } : {},
      ...code ? { fontType: "Monospace" } : {},
      ...url === undefined ? {} : { selectAction: { type: "Action.OpenUrl", url } },
    })),
  };
}

/** A workflow that is switched off says so in HTTP 400. */
function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { status, json, text } = response;
  const { code, message } = fieldsOf(fieldsOf(json).error);
  const isOff = status === 400 && /NotEnabled|Disabled|NotFound|Suspended/.test(String(code));
  if (isOff) return refused("config", `HTTP 400: ${code} ${message ?? ""}`.trim());
  return confirmed(response, status === 202 || text.trim() === "");
}
