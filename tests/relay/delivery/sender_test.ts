import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createSender } from "../../../relay/delivery/sender.ts";

type Handler = (request: Request) => Response | Promise<Response>;

async function withServer(handler: Handler, run: (url: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  try {
    await run(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

const options = { secrets: ["s3cr+t"], signal: new AbortController().signal, timeout: 10_000 };

Deno.test("JSON, a form and a plain body arrive with their content types", async () => {
  const seen: string[] = [];
  await withServer(async (request) => {
    seen.push(`${request.method} ${request.headers.get("content-type")} ${await request.text()}`);
    return new Response("ok");
  }, async (url) => {
    const send = createSender();
    await send({ url, json: { a: "汉" } }, options);
    await send({ url, method: "PUT", form: { a: "1 2", b: "&" } }, options);
    await send({ url, body: "raw", headers: { "content-type": "text/plain" } }, options);
  });
  equal(seen, [
    'POST application/json; charset=utf-8 {"a":"汉"}',
    "PUT application/x-www-form-urlencoded;charset=UTF-8 a=1+2&b=%26",
    "POST text/plain raw",
  ]);
});

Deno.test("bytes, a repeated name and the parts of a multipart body arrive as they are", async () => {
  const seen: unknown[] = [];
  await withServer(async (request) => {
    const isMultipart = request.headers.get("content-type")?.startsWith("multipart/form-data");
    seen.push(request.method);
    if (!isMultipart) seen.push(await request.text());
    for (const [name, value] of isMultipart ? await request.formData() : []) {
      seen.push(
        typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.bytes()],
      );
    }
    return new Response();
  }, async (url) => {
    const send = createSender();
    await send({ url, method: "DELETE", body: new Uint8Array([104, 105]) }, options);
    await send({ url, method: "PATCH", form: { to: ["a", "b c"], empty: [], one: "1" } }, options);
    await send({
      url,
      multipart: [
        { name: "text", content: "two\nlines, 汉 and --fenghuo-\r\n" },
        { name: "text", content: "" },
        {
          name: 'a"b\r\nc',
          content: new Uint8Array([0, 13, 10, 255]),
          filename: '"1.png',
          type: "image/png",
        },
        { name: "raw", content: "汉", filename: "汉.txt" },
      ],
    }, options);
  });
  equal(seen, [
    "DELETE",
    "hi",
    "PATCH",
    "to=a&to=b+c&one=1",
    "POST",
    ["text", "two\nlines, 汉 and --fenghuo-\r\n"],
    ["text", ""],
    ["a%22b%0D%0Ac", "%221.png", "image/png", new Uint8Array([0, 13, 10, 255])],
    ["raw", "汉.txt", "application/octet-stream", new TextEncoder().encode("汉")],
  ]);
});

/** `参数错误` and, in the page, `系统繁忙` in GBK. */
const GBK = new Uint8Array([0xb2, 0xce, 0xca, 0xfd, 0xb4, 0xed, 0xce, 0xf3]);
const GBK_BUSY = new Uint8Array([0xcf, 0xb5, 0xcd, 0xb3, 0xb7, 0xb1, 0xc3, 0xa6]);
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const CHARSETS: [what: string, type: string | undefined, parts: Uint8Array[], text: string][] = [
  ["names its charset", "text/html; charset=GBK", [GBK], "参数错误"],
  [
    "is JSON in another charset",
    'application/json;charset="gb2312"',
    [latin1('"'), GBK, latin1('"')],
    '"参数错误"',
  ],
  [
    "is a page with a charset of its own",
    "text/html",
    [latin1('<meta http-equiv="Content-Type" content="text/html; charset=gbk">'), GBK_BUSY],
    '<meta http-equiv="Content-Type" content="text/html; charset=gbk">系统繁忙',
  ],
  [
    "is XML with a charset of its own",
    "text/xml",
    [latin1('<?xml version="1.0" encoding="GBK"?>'), GBK],
    '<?xml version="1.0" encoding="GBK"?>参数错误',
  ],
  ["is GBK and says nothing", undefined, [GBK], "参数错误"],
  ["is UTF-8 and says nothing", undefined, [utf8("参数错误 \ufffd")], "参数错误 \ufffd"],
  ["is UTF-8 and says JSON", "application/json", [utf8("{}汉")], "{}汉"],
  ["names a charset that does not exist", "text/plain; charset=x-none", [GBK], "参数错误"],
  ["names another charset than it has", "text/plain; charset=utf-8", [latin1("a\xff")], "a\ufffd"],
  ["is in no charset at all", undefined, [new Uint8Array([97, 0xff, 0x20])], "a\ufffd "],
];

for (const [what, type, parts, text] of CHARSETS) {
  Deno.test(`the words of an answer that ${what} can be read`, async () => {
    const bytes = new Uint8Array(parts.flatMap((part) => [...part]));
    await withServer(
      (request) => {
        const body = request.url.endsWith("/chunked") ? new Blob([bytes]).stream() : bytes;
        return new Response(body, { headers: type === undefined ? {} : { "content-type": type } });
      },
      async (url) => {
        for (const path of ["/whole", "/chunked"]) {
          equal((await createSender()({ url: url + path }, options)).response?.text, text, path);
        }
      },
    );
  });
}

Deno.test("of an answer of 10 MB, or one that never ends, only the start is read, and the rest is cancelled", async () => {
  const cancelled = Promise.withResolvers<void>();
  await withServer((request) => {
    if (request.url.endsWith("/large")) return new Response("汉".repeat(3_500_000));
    if (request.url.endsWith("/packed")) {
      const body = new Blob(["x".repeat(10_000_000)]).stream().pipeThrough(new CompressionStream("gzip"));
      return new Response(body, { headers: { "content-encoding": "gzip" } });
    }
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000).fill(120)),
        cancel: () => cancelled.resolve(),
      }),
    );
  }, async (url) => {
    const send = createSender();
    const lengths: unknown[] = [];
    for (const path of ["/large", "/packed", "/endless"]) {
      lengths.push((await send({ url: url + path }, options)).response?.text.length);
    }
    equal(lengths, [Math.floor(65_536 / 3), 65_536, 65_536]);
    await cancelled.promise;
  });
});

Deno.test("the answer is read, up to 64 KiB, and shown without secrets", async () => {
  await withServer(
    (request) =>
      new Response(new URL(request.url).pathname === "/big" ? "x".repeat(200_000) : '{"a":1}', {
        status: 418,
      }),
    async (url) => {
      const send = createSender();
      const { response, request, ms } = await send(
        { url: `${url}/s3cr%2Bt?token=s3cr%2Bt`, json: {} },
        options,
      );
      equal([response!.status, response!.text, response!.json], [418, '{"a":1}', { a: 1 }]);
      equal(request, `POST ${url}/***`);
      ok(ms >= 0);
      const big = await send({ url: `${url}/big` }, options);
      equal([big.response!.text.length, big.response!.json], [65_536, undefined]);
    },
  );
});

Deno.test("a redirect is not followed", async () => {
  let asked = 0;
  await withServer((request) => {
    asked++;
    return Response.redirect(new URL("/login", request.url), 302);
  }, async (url) => {
    const { response } = await createSender()({ url, json: {} }, options);
    equal([response!.status, asked], [302, 1]);
  });
});

Deno.test("a vendor that answers nothing, or only half, costs no more than the timeout", async () => {
  const hanging = Promise.withResolvers<void>();
  const half = (): Response =>
    new Response(
      new ReadableStream({
        async pull(controller): Promise<void> {
          controller.enqueue(new TextEncoder().encode("{"));
          await hanging.promise;
          controller.close();
        },
      }),
    );
  await withServer(async (request) => {
    if (request.url.endsWith("/half")) return half();
    await hanging.promise;
    return new Response();
  }, async (url) => {
    const send = createSender();
    for (const [path, timeout, words] of [["/none", 50, "0.05 s"], ["/half", 80, "0.08 s"]] as const) {
      const answer = await send({ url: url + path, json: {} }, { ...options, timeout });
      equal([answer.response, answer.because, answer.handedOver], [
        undefined,
        `no answer within ${words}`,
        true,
      ]);
    }
    hanging.resolve();
  });
});

Deno.test("a refused connection is named, without the address and its secrets", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const answer = await createSender()({ url: `http://127.0.0.1:${port}/s3cr+t?x=s3cr%2Bt` }, options);
  match(answer.because!, /^no answer: .*refused/i);
  const { because = "" } = await createSender()({ url: `http://127.0.0.1:${port}/x?y=(z)` }, options);
  match(because, /^no answer: [\w ]+ \(address\): [\w ]+ \(Connect\): /);
  equal(answer.handedOver, undefined, "it was never connected");
  ok(!JSON.stringify(answer).includes("s3cr"));
});

Deno.test("an address that is none is an answer, not a crash", async () => {
  const answer = await createSender()({ url: "s3cr+t" }, options);
  match(answer.because!, /^no answer: /);
  ok(!JSON.stringify(answer).includes("s3cr"));
});

Deno.test("a relay that stops cuts a send off, and says that it was itself", async () => {
  const hanging = Promise.withResolvers<void>();
  const stop = new AbortController();
  await withServer(async () => {
    stop.abort();
    await hanging.promise;
    return new Response();
  }, async (url) => {
    const answer = await createSender()({ url, json: {} }, { ...options, signal: stop.signal });
    equal(answer.stopped, true);
    hanging.resolve();
  });
});

Deno.test("what a channel reads of an answer has no secrets, so nothing that it cuts can tell one", async () => {
  const secret = "A0/+=&%23-long-enough-to-be-cut-in-the-middle";
  const page = `<html>${" ".repeat(50)}<p>Cannot POST /${
    secret.replaceAll("&", "&amp;").replaceAll("/", "&#x2F;")
  }`;
  await withServer(
    () =>
      new Response(JSON.stringify({ errcode: 7, errmsg: `no ${secret}`, page }), {
        status: 404,
        headers: { location: `/login?next=${encodeURIComponent(secret)}` },
      }),
    async (url) => {
      const { response } = await createSender()({ url, json: {} }, { ...options, secrets: [secret] });
      const { text, json, headers, status } = response!;
      equal(status, 404);
      equal(headers.get("location"), "/login?next=***");
      equal((json as { errcode: number; errmsg: string }).errcode, 7);
      equal((json as { errmsg: string }).errmsg, "no ***");
      for (const told of [text, JSON.stringify(json)]) {
        for (let at = 0; at + 12 <= secret.length; at++) ok(!told.includes(secret.slice(at, at + 12)), told);
      }
    },
  );
});

Deno.test("an answer tells neither the token that a request carries nor its user and password", async () => {
  await withServer(
    (request) =>
      new Response(`${request.url} ${request.headers.get("authorization")} ${request.headers.get("x-chat")}`),
    async (url) => {
      const place = `${new URL(url).host}/cgi-bin/message/send`;
      const { response } = await createSender()({
        url: `http://${place}?access_token=given-by-the-vendor-123&agentid=1000002`,
        headers: { authorization: `Basic ${btoa("ops:hunter2-hunter2")}`, "x-chat": "chat-42" },
        json: {},
      }, { ...options, secrets: [] });
      equal(response!.text, `http://${place}?access_token=***&agentid=1000002 *** chat-42`);
    },
  );
});

/** A server that reads one request and then does this. */
async function withRaw(
  answer: (connection: Deno.Conn) => Promise<void>,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serving = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(10_000));
    await answer(connection);
    connection.close();
  })();
  try {
    await run(`http://127.0.0.1:${listener.addr.port}`);
    await serving;
  } finally {
    listener.close();
  }
}

for (
  const [what, answer] of [
    ["is closed instead of an answer", ""],
    ["breaks inside of the answer", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"],
    ["answers something that is no HTTP", "what?\r\n\r\n"],
  ] as const
) {
  Deno.test(`a connection that ${what} may have brought the message`, async () => {
    await withRaw(
      async (connection) => void await connection.write(new TextEncoder().encode(answer)),
      async (url) => {
        const { response, handedOver } = await createSender()({ url, json: {} }, options);
        equal([response, handedOver], [undefined, true]);
      },
    );
  });
}

Deno.test("sends with different timeouts side by side each have their own", async () => {
  const hanging = Promise.withResolvers<void>();
  await withServer(async () => {
    await hanging.promise;
    return new Response("late");
  }, async (url) => {
    const send = createSender();
    const slow = send({ url, json: {} }, { ...options, timeout: 30_000 });
    const fast = await send({ url, json: {} }, { ...options, timeout: 40 });
    equal(fast.because, "no answer within 0.04 s");
    hanging.resolve();
    equal((await slow).response?.text, "late");
  });
});
