/**
 * Explains why a vendor refused a message, and what to do about it. A channel explains its vendor's codes; this file
 * explains errors of HTTP and of the network.
 *
 * Advice is looked up by the words of a verdict, which every record stores: so it also explains refusals that are older
 * than the remedy.
 *
 * @module
 */

/** A sentence in both languages. */
export interface LocalText {
  /** In Chinese. */
  readonly zh: string;
  /** In English. */
  readonly en: string;
}

/** The cause of a refusal, and its cure. */
export interface Advice {
  /** What the refusal means. */
  readonly cause: LocalText;
  /** What to do about it. */
  readonly cure: LocalText;
}

/** Advice, and the words of the verdicts that it applies to. */
export interface Remedy extends Advice {
  /** Matches the words of a verdict. */
  readonly when: RegExp;
}

/** A cause and its cure in a language, each one sentence without its final period. */
export type CauseAndCure = readonly [cause: string, cure: string];

/**
 * Makes a remedy for codes of a vendor.
 *
 * @param when The codes, which occur in the verdict's words as separate words; or an expression that the words match
 */
export function remedy(
  when: RegExp | readonly string[],
  { zh, en }: { zh: CauseAndCure; en: CauseAndCure },
): Remedy {
  return {
    when: when instanceof RegExp
      ? when
      : new RegExp(`(?:^|[\\s:(])(?:${when.map(RegExp.escape).join("|")})(?![\\w-])`),
    cause: { zh: zh[0], en: en[0] },
    cure: { zh: zh[1], en: en[1] },
  };
}

/** The advice on a verdict's reason, from the channel's own remedies first; `undefined` if none applies. */
export function adviceOf(
  channel: { readonly remedies?: readonly Remedy[] } | undefined,
  because: string,
): Advice | undefined {
  const found = [...channel?.remedies ?? [], ...GENERAL].find(({ when }) => when.test(because));
  return found && { cause: found.cause, cure: found.cure };
}

/** For errors of HTTP and of the network, which any vendor may cause. */
const GENERAL: readonly Remedy[] = [
  remedy(/the destination .* is gone|destination removed/, {
    zh: ["投递目标已从配置中移除", "如仍需通知，请在告警组中重新添加该目标，再重新发送"],
    en: [
      "The destination was removed from the configuration",
      "If it is still needed, add it to its group, then send again",
    ],
  }),
  remedy(/the channel (failed|cannot)|cannot be loaded|^it fails on the config/i, {
    zh: ["渠道插件出错或无法加载", "请在“渠道”页查看原因，修正插件文件后重新启动中继"],
    en: [
      "The channel's plugin fails or cannot be loaded",
      "See the reason on the Channels page, correct the plugin's file, and start the relay again",
    ],
  }),
  remedy(/certificate|UnknownIssuer|self.signed|NotValidForName|\bTLS\b|\bSSL\b/i, {
    zh: [
      "无法建立可信的 TLS 连接：证书不受信任、已过期或与主机名不符，或对方端口不支持 TLS",
      "请核对地址与端口；内部 CA 签发的证书请让中继信任该 CA（DENO_TLS_CA_STORE=system 或 DENO_CERT）",
    ],
    en: [
      "No trusted TLS connection: the certificate is not trusted, has expired or names another host, or the port speaks no TLS",
      "Check address and port; for an internal CA let the relay trust it (DENO_TLS_CA_STORE=system or DENO_CERT)",
    ],
  }),
  remedy(/dns|failed to lookup|name or service not known|nodename|ENOTFOUND|EAI_AGAIN/i, {
    zh: ["主机名无法解析", "请核对地址的拼写，以及中继所在机器的 DNS"],
    en: [
      "The host's name cannot be resolved",
      "Check the spelling of the address and the DNS of the relay's machine",
    ],
  }),
  remedy(/connection refused|ECONNREFUSED/i, {
    zh: ["对方主机没有在该端口监听", "请核对地址与端口，并确认服务已启动、防火墙放行"],
    en: [
      "Nothing listens on that port of the host",
      "Check address and port, that the service runs, and the firewall between",
    ],
  }),
  remedy(/no answer within|timed? ?out|took too long|ETIMEDOUT/i, {
    zh: ["对方在时限内没有应答", "偶发时无需处理；若持续，请检查到对方的网络、代理与防火墙"],
    en: [
      "There was no answer in time",
      "When it is occasional there is nothing to do; if it lasts, check the network, the proxy and the firewall to it",
    ],
  }),
  remedy(/unreachable|connection reset|closed|ECONNRESET|EHOSTUNREACH|ENETUNREACH|broken pipe/i, {
    zh: ["网络连接中断或对方不可达", "请检查到对方的网络、代理与防火墙"],
    en: [
      "The connection broke, or the host cannot be reached",
      "Check the network, the proxy and the firewall to it",
    ],
  }),
  remedy(/redirects elsewhere|HTTP 3\d\d/, {
    zh: ["该地址跳转到了别处，中继不跟随跳转", "请把地址改为最终的地址（例如 https 而不是 http）"],
    en: [
      "The address redirects elsewhere, and redirects are not followed",
      "Set the final address (https instead of http, for example)",
    ],
  }),
  remedy(/HTTP (401|403|407)/, {
    zh: ["对方不接受凭据，或不允许访问", "请核对令牌、密钥、账号密码与对方的 IP 白名单"],
    en: [
      "The credentials were not accepted, or access is not allowed",
      "Check token, key, account and password, and the allowed addresses there",
    ],
  }),
  remedy(/HTTP (404|405|410)/, {
    zh: ["地址不存在，或不接受这种请求", "请核对目标地址的路径；机器人或 webhook 可能已被删除"],
    en: [
      "The address does not exist or takes no such request",
      "Check its path; the robot or webhook may have been deleted there",
    ],
  }),
  remedy(/HTTP 413|too (long|large)/i, {
    zh: ["消息超过对方允许的大小", "请精简模板或告警内容"],
    en: ["The message is larger than the provider takes", "Shorten the template or what the alert says"],
  }),
  remedy(/HTTP 429|too (fast|many|frequent)|rate limit|限流|频率/i, {
    zh: [
      "发送频率超过对方的限制",
      "属正常现象：限流期间告警会等待并合并为汇总消息；长期如此请减少告警或增加投递目标",
    ],
    en: [
      "Messages were sent faster than the provider takes them",
      "This is normal: alerts wait meanwhile and are combined into a digest; if it lasts, reduce alerts or add destinations",
    ],
  }),
  remedy(/HTTP (408|425|5\d\d)/, {
    zh: ["对方服务出错或正忙", "一般会自行恢复；若持续，请查看对方的服务状态或网关"],
    en: [
      "The provider's service fails or is busy",
      "It usually passes by itself; if it lasts, look at the provider's status or gateway",
    ],
  }),
  remedy(/HTTP (400|415|422)/, {
    zh: ["对方不接受消息的内容或格式", "请查看对方返回的信息，核对模板与渠道设置"],
    en: [
      "The message's content or form was not accepted",
      "Read what the provider answered, and check template and channel settings",
    ],
  }),
];
