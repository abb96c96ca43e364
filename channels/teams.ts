import {
  type ChannelResponse,
  defineChannel,
  laneAt,
  refused,
  type Verdict,
  webhookAddress,
  z,
} from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";
import { RICH_TEXT } from "./_chat/rich_text.ts";
import { adaptiveCard } from "./_teams/adaptive_card.ts";
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

/**
 * About 28 KB with markup; above it, the workflow fails silently: https://learn.microsoft.com/en-us/connectors/teams/
 */
const REQUEST_BYTES = 27_000;

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
        content: adaptiveCard(message, { mention }),
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
  target: {
    hosts: ["*.logic.azure.com", "*.api.powerplatform.com"],
    example:
      "https://prod-1.westeurope.logic.azure.com/workflows/0123abcd/triggers/manual/paths/invoke?sig=0123",
    read: (url) =>
      webhookAddress(url, {
        path: /\/workflows\/[^/]+\/triggers\/[^/]+\/paths\/invoke/,
        shape: "/workflows/…/triggers/manual/paths/invoke?…",
      }),
  },
  sample: {
    url:
      "https://x.environment.api.powerplatform.com/powerautomate/workflows/a/triggers/manual/invoke?sig=A0%2B%2F%3D%26cd",
    mention: true,
  },
});

function failure(code: string, message: string): unknown {
  return { error: { code, message } };
}

/** A disabled workflow answers with HTTP 400. */
function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { status, json, text } = response;
  const { code, message } = fieldsOf(fieldsOf(json).error);
  const isOff = status === 400 && /NotEnabled|Disabled|NotFound|Suspended/.test(String(code));
  if (isOff) return refused("config", `HTTP 400: ${code} ${message ?? ""}`.trim());
  return confirmed(response, status === 202 || text.trim() === "");
}
