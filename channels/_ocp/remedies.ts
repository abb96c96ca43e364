/**
 * The meaning and the remedies of OCP's refusals, by the words of the verdicts in `answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The more exact remedies first. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/(?:^|[\s:])20001\b|ALM20001/, {
    zh: [
      "OCP 中没有这个告警规则",
      "请在 OCP → 告警中心 → 告警规则 中创建，或在投递目标的“告警规则”中填写已有的规则",
    ],
    en: [
      "The alarm rule does not exist at OCP",
      "Create it at OCP → Alarm center → Alarm rules, or name one that is there in the destination",
    ],
  }),
  remedy(/HTTP (401|403)|(?:^|\s)(401|403)\b/, {
    zh: [
      "OCP 不接受凭据，或该用户没有权限",
      "请核对 AccessKey 与 SecretKey（OCP → 个人设置 → AccessKey），以及用户的告警权限；多次错误会锁定登录",
    ],
    en: [
      "OCP does not accept the credentials, or the user may not push alarms",
      "Check access key and secret key (OCP → Personal settings → AccessKey) and the user's rights; OCP locks a login after some wrong tries",
    ],
  }),
  remedy(/without "successful"|HTTP (404|405)/, {
    zh: ["该地址不像是 OCP", "请核对投递目标的 OCP 地址与端口（默认 8080）"],
    en: [
      "The address does not answer as an OCP does",
      "Check OCP's address and port in the destination (8080 by default)",
    ],
  }),
];
