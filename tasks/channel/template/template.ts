import { defineChannel, laneAt, secret, z } from "fenghuo/channel";

export default defineChannel({
  api: 1,
  name: "template", // the file's name
  title: "Template", // the vendor's name, as people write it
  docs: "https://docs.example.com/messages", // the vendor's page about this call
  config: z.object({
    url: z.url({ protocol: /^https?$/ }).meta({
      title: "Server",
      description: "Where messages are posted to.",
    }),
    token: secret("Token"),
  }),
  words: { zh: { "Server": "服务器", "Where messages are posted to.": "消息提交的地址。", "Token": "令牌" } },
  // The limits from the vendor's page; give the source of each number.
  limits: { titleChars: 100, body: { characters: 4_000 }, rates: [{ messages: 60, per: 60_000 }] },
  lane: ({ url, token }) => laneAt(url, token), // each token has its own rates
  request: ({ url, token }, { id, title, body }) => ({
    url,
    headers: { authorization: `Bearer ${token}` },
    json: { id, title, text: body },
  }),
  // The vendor's success: HTTP 200 alone may be a login page.
  success: ({ json }) => (json as { ok?: boolean } | undefined)?.ok === true,
  // The vendor's answers. `check` compares the verdicts, and `fake` returns them.
  fixtures: {
    accepted: [{ json: { ok: true } }],
    throttled: [{ status: 429, headers: { "retry-after": "30" }, json: { ok: false }, waitMs: 30_000 }],
    refused: [{ about: "a wrong token", status: 401, json: { ok: false }, what: "config" }],
  },
  // A valid config, with characters that break a hand-built request.
  sample: { url: "https://api.example.com/messages", token: "A0/+=&%23 cd" },
});
