/**
 * The meaning and the remedies of a Teams workflow's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by the words of an answer. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/NotEnabled|Disabled|Suspended/, {
    zh: ["工作流已关闭", "在 Teams → 工作流 中重新启用；所有者离职时请换人重建"],
    en: [
      "The workflow is switched off",
      "Turn it on in Teams → Workflows; where its owner has left, create it anew",
    ],
  }),
  remedy(/WorkflowNotFound|HTTP 404|Authoriz|HTTP 401|HTTP 403/, {
    zh: ["工作流已被删除，或地址抄写有误", "在 Teams → 工作流 → 该工作流 中重新复制地址"],
    en: [
      "The workflow was deleted, or its address was mistyped",
      "Copy it again from Teams → Workflows → the workflow",
    ],
  }),
  remedy(/SchemaMismatch|TooLarge|HTTP 413/, {
    zh: ["工作流不接受消息的内容", "请核对模板；工作流应由“收到 webhook 请求时发布到频道”创建"],
    en: [
      "The workflow does not accept what the message says",
      'Check the template; the workflow must come from "Post to a channel when a webhook request is received"',
    ],
  }),
];
