import { deepStrictEqual as equal, match } from "node:assert/strict";
import { serve } from "../../routes/serve.ts";

/** The answer to a request with this header, byte by byte. */
async function ask(port: number, header: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const words = `POST /webhook HTTP/1.1\r\n${header}connection: close\r\ncontent-length: 0\r\n\r\n`;
  await connection.write(new TextEncoder().encode(words));
  return await new Response(connection.readable).text();
}

Deno.test("a Host that would change the path is refused, and no handler sees it", async () => {
  const paths: string[] = [];
  let port = 0;
  const server = serve(
    (request) => {
      paths.push(new URL(request.url).pathname);
      return new Response("taken");
    },
    { hostname: "127.0.0.1", port: 0, onListen: (address) => void (port = address.port) },
  );
  for (const host of ["a/api/config?", "a/b", "a?b", "a#b", "user@a", "a\\b", "a b/c"]) {
    match(await ask(port, `host: ${host}\r\n`), /^HTTP\/1\.1 400 [^]*The header Host is no host/, host);
  }
  equal(paths, []);
  for (
    const header of ["host: a.example:8000\r\n", "host: [::1]:8000\r\n", "host: \r\n", "host: A_b-c\r\n"]
  ) {
    match(await ask(port, header), /^HTTP\/1\.1 200 [^]*taken/, header);
  }
  equal(paths, Array(4).fill("/webhook"));
  await server.stop({ grace: 1_000 });
});
