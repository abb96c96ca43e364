import { type Remedy, remedy } from "./remedy.ts";

/** Remedies for a failed connection. The errors are those of Deno (hyper, rustls), and of Node, which sends the mail. */
export const NETWORK_REMEDIES: readonly Remedy[] = [
  remedy(/proxy authentication required|HTTP 407/i, {
    zh: ["代理要求登录", "请在投递目标的代理地址中写上账号与密码：http://用户:密码@主机:端口"],
    en: [
      "The proxy requires a login",
      "Write the user and the password into the destination's proxy: http://user:password@host:port",
    ],
  }),
  remedy(/unsuccessful tunnel|proxy server unreachable|\bproxy\b.*(refused|unreachable|failed)/i, {
    zh: [
      "代理不可用，或不允许连接该主机",
      "请核对投递目标的代理地址，并确认代理在运行、允许 CONNECT 到对方的主机与端口",
    ],
    en: [
      "The proxy cannot be reached, or does not connect to this host",
      "Check the address of the destination's proxy, that the proxy runs, and that it allows CONNECT to the provider's host and port",
    ],
  }),
  remedy(/certificate (has )?expired|CERT_HAS_EXPIRED|not valid yet|CERT_NOT_YET_VALID/i, {
    zh: [
      "对方的证书已过期或尚未生效，或中继所在机器的时钟不准",
      "请更新对方的证书，并确认中继所在机器已开启 NTP 对时",
    ],
    en: [
      "The certificate has expired or is not valid yet, or the clock of the relay's machine is wrong",
      "Renew the server's certificate, and enable NTP on the relay's machine",
    ],
  }),
  remedy(/not valid for name|NotValidForName|ALTNAME_INVALID|does not match certificate|altnames/i, {
    zh: ["对方的证书属于另一个主机名", "请把地址改为证书上的主机名，而不是 IP 或别名"],
    en: [
      "The certificate is for another host name",
      "Use the certificate's host name in the address, instead of an IP address or an alias",
    ],
  }),
  remedy(
    /UnknownIssuer|self.signed|CaUsedAsEndEntity|UNABLE_TO_(VERIFY|GET_ISSUER)|unable to (verify|get local issuer)/i,
    {
      zh: [
        "对方的证书由中继不信任的机构签发",
        "请在投递目标的 ca 中填写签发它的 CA（PEM），或让中继信任系统证书（DENO_TLS_CA_STORE=system 或 DENO_CERT）",
      ],
      en: [
        "The certificate was issued by an authority that the relay does not trust",
        "Set the issuing CA as the destination's ca (PEM), or let the relay trust the system's certificates (DENO_TLS_CA_STORE=system or DENO_CERT)",
      ],
    },
  ),
  remedy(/InvalidContentType|corrupt message|wrong version number|EPROTO|packet length too long/i, {
    zh: ["该端口不支持 TLS", "请核对端口，或把地址改为 http://（邮件：调整“加密”）"],
    en: [
      "The port does not speak TLS",
      "Check the port, or begin the address with http:// (mail: change the encryption)",
    ],
  }),
  remedy(/CertificateRequired|certificate required|HandshakeFailure|handshake fail|ProtocolVersion/i, {
    zh: [
      "TLS 握手失败：对方要求客户端证书，或没有共同支持的 TLS 版本",
      "请在投递目标中填写 cert 与 key，或请对方启用 TLS 1.2 以上",
    ],
    en: [
      "The TLS handshake failed: the server requires a client certificate, or shares no TLS version with the relay",
      "Set the destination's cert and key, or enable TLS 1.2 or later on the server",
    ],
  }),
  remedy(/certificate|\bTLS\b|\bSSL\b/i, {
    zh: [
      "无法建立可信的 TLS 连接：证书不受信任、已过期或与主机名不符，或对方端口不支持 TLS",
      "请核对地址与端口；内部 CA 签发的证书请让中继信任该 CA（DENO_TLS_CA_STORE=system 或 DENO_CERT）",
    ],
    en: [
      "No trusted TLS connection: the certificate is not trusted, has expired or is for another host name, or the port does not speak TLS",
      "Check the address and the port; if the CA is internal, let the relay trust it (DENO_TLS_CA_STORE=system or DENO_CERT)",
    ],
  }),
  remedy(/dns|failed to lookup|name or service not known|nodename|ENOTFOUND|EAI_AGAIN/i, {
    zh: ["主机名无法解析", "请核对地址的拼写，以及中继所在机器的 DNS"],
    en: [
      "The host name cannot be resolved",
      "Check the spelling of the address and the DNS of the relay's machine",
    ],
  }),
  remedy(/Requests to port \d+ are blocked/, {
    zh: ["该端口不能用于 HTTP（浏览器与 Deno 的保留端口）", "请核对地址中的端口，或让服务改用其他端口"],
    en: [
      "The port is reserved: browsers and Deno do not send HTTP to it",
      "Check the port in the address, or let the service listen on another port",
    ],
  }),
  remedy(/connection refused|ECONNREFUSED/i, {
    zh: ["对方主机没有在该端口监听", "请核对地址与端口，并确认服务已启动、防火墙放行"],
    en: [
      "Nothing listens on this port of the host",
      "Check the address and the port, that the service runs, and that no firewall blocks the port",
    ],
  }),
  remedy(/no route to host|unreachable|EHOSTUNREACH|ENETUNREACH/i, {
    zh: ["网络到不了对方主机", "请检查中继所在机器的路由与防火墙；只能经代理访问外网时，请为该目标设置代理"],
    en: [
      "There is no route to the host",
      "Check the routes and the firewall of the relay's machine; if only a proxy reaches the internet, set it in the destination",
    ],
  }),
  remedy(/no answer within|timed? ?out|took too long|ETIMEDOUT/i, {
    zh: ["对方在时限内没有应答", "偶发时无需处理；若持续，请检查到对方的网络、代理与防火墙"],
    en: [
      "The provider did not answer in time",
      "An occasional failure needs no action; if it persists, check the network, the proxy and the firewall on the way to the provider",
    ],
  }),
  remedy(/connection reset|closed|ECONNRESET|EPIPE|broken pipe/i, {
    zh: ["网络连接中断", "偶发时无需处理；若持续，请检查到对方的网络、代理与防火墙"],
    en: [
      "The connection was interrupted",
      "An occasional failure needs no action; if it persists, check the network, the proxy and the firewall on the way to the provider",
    ],
  }),
];
