/**
 * The meaning and the remedies of Slack's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by error; the errors of an incoming webhook are the words of its answer. */
export const REMEDIES: readonly Remedy[] = [
  remedy(["not_in_channel", "channel_not_found"], {
    zh: ["找不到该频道，或应用不在频道中", "在频道中输入 /invite @应用名 邀请应用，并核对频道 ID"],
    en: [
      "There is no such channel, or the app is not in it",
      "Invite the app with /invite in the channel, and check the channel's id",
    ],
  }),
  remedy(["is_archived", "channel_is_archived"], {
    zh: ["频道已归档", "取消归档，或改用其他频道"],
    en: ["The channel is archived", "Unarchive it, or set another channel"],
  }),
  remedy(
    [
      "invalid_auth",
      "not_authed",
      "token_revoked",
      "token_expired",
      "account_inactive",
      "not_allowed_token_type",
    ],
    {
      zh: [
        "令牌无效、过期或已撤销",
        "在 api.slack.com/apps → 应用 → OAuth & Permissions 复制 Bot 令牌（xoxb-）",
      ],
      en: [
        "The token is not valid, or was revoked",
        "Copy the bot token (xoxb-) from api.slack.com/apps → the app → OAuth & Permissions",
      ],
    },
  ),
  remedy(["missing_scope", "no_permission"], {
    zh: [
      "应用缺少权限",
      "为应用添加 chat:write 权限（未加入的公开频道还需 chat:write.public），然后重新安装",
    ],
    en: [
      "The app lacks a scope",
      "Add the scope chat:write (and chat:write.public for public channels without the app), then reinstall it",
    ],
  }),
  remedy(["invalid_token", "no_service", "no_active_hooks", "no_team", "action_prohibited"], {
    zh: ["Webhook 地址无效或已停用", "在 api.slack.com/apps → 应用 → Incoming Webhooks 重新复制地址"],
    en: [
      "The webhook's address is not valid, or was disabled",
      "Copy it again from api.slack.com/apps → the app → Incoming Webhooks",
    ],
  }),
  remedy(
    [
      "restricted_action",
      "access_denied",
      "ekm_access_denied",
      "enterprise_is_restricted",
      "org_login_required",
      "team_access_not_granted",
      "two_factor_setup_required",
      "posting_to_general_channel_denied",
    ],
    {
      zh: ["工作区的设置不允许应用在此发言", "请工作区管理员放行该应用"],
      en: [
        "The workspace does not allow the app to write there",
        "Ask an administrator of the workspace to allow the app",
      ],
    },
  ),
  remedy(
    [
      "invalid_blocks",
      "invalid_blocks_format",
      "msg_blocks_too_long",
      "msg_too_long",
      "no_text",
      "invalid_payload",
      "invalid_arguments",
      "invalid_attachments",
      "invalid_charset",
      "invalid_json",
      "too_many_attachments",
    ],
    {
      zh: ["Slack 不接受消息的内容", "请核对模板"],
      en: ["Slack does not accept what the message says", "Check the template"],
    },
  ),
  remedy(["ratelimited", "rate_limited", "message_limit_exceeded"], {
    zh: [
      "发送频率超过 Slack 的限制（每个频道每秒 1 条）",
      "属正常现象：限流期间告警会等待并合并为汇总消息；长期如此请减少告警或增加频道",
    ],
    en: [
      "Slack limits the rate (one message a second in a channel)",
      "This is normal: alerts wait meanwhile and are combined into a digest; if it lasts, reduce alerts or add a channel",
    ],
  }),
  remedy(["fatal_error", "internal_error", "request_timeout", "service_unavailable", "rollup_error"], {
    zh: ["Slack 系统出错或繁忙", "一般会自行恢复；若持续，请查看 status.slack.com"],
    en: ["Slack fails or is busy", "It usually passes by itself; if it lasts, look at status.slack.com"],
  }),
];
