/**
 * The meaning and the remedies of a Matrix homeserver's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by code. */
export const REMEDIES: readonly Remedy[] = [
  remedy(["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"], {
    zh: ["访问令牌无效，或账号已停用", "用中继专用的账号重新登录，并复制新的访问令牌"],
    en: [
      "The access token is not valid, or the account is deactivated",
      "Log in again with the relay's own account, and copy its access token",
    ],
  }),
  remedy(["M_FORBIDDEN", "M_NOT_FOUND", "M_INVALID_PARAM", "M_GUEST_ACCESS_FORBIDDEN"], {
    zh: ["账号不在房间中、没有发言权限，或房间 ID 不正确", "邀请账号加入房间，并核对房间 ID"],
    en: [
      "The account is not in the room, may not write there, or the room's id is wrong",
      "Invite the account and let it join, and check the room's id",
    ],
  }),
  remedy(["M_TOO_LARGE", "M_BAD_JSON", "M_NOT_JSON"], {
    zh: ["服务器不接受消息的内容", "请核对模板"],
    en: ["The server does not accept what the message says", "Check the template"],
  }),
  remedy(["M_LIMIT_EXCEEDED"], {
    zh: ["发送频率超过服务器的限制", "属正常现象；可请管理员为该账号放宽 rc_message"],
    en: [
      "The server limits the rate",
      "This is normal; an administrator can override rc_message for the account",
    ],
  }),
];
