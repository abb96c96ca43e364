import { type Remedy, remedy } from "./remedy.ts";

/** Remedies for errors of the relay or of a channel, before a request was sent. */
export const RELAY_REMEDIES: readonly Remedy[] = [
  remedy(/the destination .* is gone|destination removed/, {
    zh: ["投递目标已从配置中移除", "如仍需通知，请在告警组中重新添加该目标，再重新发送"],
    en: [
      "The destination was removed from the configuration",
      "If it is still needed, add it to its group, then send again",
    ],
  }),
  remedy(/the channel may not send to/, {
    zh: [
      "渠道插件要访问的主机既未在插件中声明，也不在投递目标的配置中",
      "请核对投递目标的地址；自己编写的插件请在 hosts 中声明该主机",
    ],
    en: [
      "The channel's plugin tries to send to a host that neither the plugin nor the destination names",
      "Check the destination's address; if the plugin is your own, add the host to its hosts",
    ],
  }),
  remedy(/the channel (failed|cannot)|cannot be loaded|^it fails on the config/i, {
    zh: ["渠道插件出错或无法加载", "请在“渠道”页查看原因，修正插件文件后重新启动中继"],
    en: [
      "The channel's plugin failed or cannot be loaded",
      "See the reason on the Channels page, correct the plugin's file, and restart the relay",
    ],
  }),
  remedy(/the alert's record is gone/, {
    zh: ["告警已超过保存期限，内容已清除", "请在“设置”中延长告警的保留时间，或更早重新发送"],
    en: [
      "The alert is no longer stored, so it cannot be sent",
      "Keep alerts for longer in the settings, or send again sooner",
    ],
  }),
  remedy(/no member of the group has|the member has no|nobody to chat with/, {
    zh: ["告警组中没有人填写了该渠道需要的联系方式", "请在“成员”页填写，或在投递目标中填写收件人"],
    en: [
      "Nobody in the group has the address that this channel needs",
      "Set it on the Members page, or name recipients in the destination",
    ],
  }),
  remedy(/mobile is no number|numbers of mainland China only/, {
    zh: [
      "成员的手机号格式不对，或不是该渠道支持的号码",
      "请在“成员”页核对：中国大陆以外的号码以 + 和国家代码开头",
    ],
    en: [
      "The member's mobile number is invalid, or the channel does not support it",
      "Check it on the Members page: a number outside mainland China begins with + and the country code",
    ],
  }),
  remedy(/goes through no SOCKS proxy/, {
    zh: ["邮件不支持 SOCKS 代理", "请为该目标改用允许 CONNECT 的 HTTP 代理"],
    en: ["Mail does not go through a SOCKS proxy", "Give the destination an HTTP proxy that allows CONNECT"],
  }),
];
