/** Runs the proxy configurations of docs/deploy.md in real proxies; only ports and the path of the certificate differ. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { generate } from "selfsigned";
import { blocksIn } from "../kit/docs.ts";
import { eventually } from "../kit/eventually.ts";
import { type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import { freePort, isInstalled } from "../kit/program.ts";
import { webhook } from "../kit/relay.ts";

/** The address of the client, so that it differs from the address of the proxy. */
const CLIENT = "127.0.0.9";

/**
 * A proxy: the language of its block in the docs, the completion of the block to a file, and the command that runs
 * it.
 */
interface Proxy {
  readonly program: string;
  readonly language: string;
  readonly configure: (block: string, folder: string) => string;
  readonly args: (file: string) => string[];
}

const PROXIES: readonly Proxy[] = [
  {
    program: "nginx",
    language: "nginx",
    configure: (block, folder) =>
      `daemon off;
master_process off;
error_log stderr;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
${block}
}`,
    args: (file) => ["-c", file],
  },
  {
    program: "haproxy",
    language: "haproxy",
    configure: (block) => block,
    args: (file) => ["-db", "-f", file],
  },
  {
    program: "caddy",
    language: "caddyfile",
    configure: (block) => `{\n  admin off\n  auto_https disable_redirects\n}\n${block}`,
    args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  },
];

for (const proxy of PROXIES) {
  Deno.test({
    name:
      `behind ${proxy.program} as docs/deploy.md has it, a body of 5 MB arrives, /events flows, and the client is known (needs ${proxy.program})`,
    ignore: !(await isInstalled(proxy.program)),
    fn: () => behind(proxy),
  });
}

async function behind({ program, language, configure, args }: Proxy): Promise<void> {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, env: { FENGHUO_PROXIES: "127.0.0.1" } });
  const { key, cert } = await certificate();
  const pem = `${folder.path}/proxy.pem`;
  await Deno.writeTextFile(pem, `${cert}\n${key}`);
  const port = freePort();
  const [block] = await blocksIn("docs/deploy.md", language);
  const own = block!.text
    .replaceAll("/etc/ssl/private/alerts.example.com.pem", pem)
    .replace(/127\.0\.0\.1:8000/, new URL(relay.url).host)
    .replace("listen 443", `listen 127.0.0.1:${port}`)
    .replace("bind :443", `bind 127.0.0.1:${port}`)
    .replace("alerts.example.com {", `localhost:${port} {`);
  const file = `${folder.path}/${program}.conf`;
  await Deno.writeTextFile(file, configure(own, folder.path));
  const child = new Deno.Command(program, {
    args: args(file),
    env: { HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  const client = Deno.createHttpClient({ caCerts: [cert], localAddress: CLIENT });
  try {
    await useThrough(`https://localhost:${port}`, { relay, client });
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${(error as Error).message}: ${await said}`, { cause: error });
  } finally {
    client.close();
    try {
      child.kill("SIGTERM");
    } catch {
      // It ended by itself.
    }
    await child.status;
    await said;
  }
}

/** A self-signed certificate that is no CA: Deno accepts no CA certificate from a server. */
async function certificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  return { key, cert };
}

/** Sends requests through the proxy that it must pass: a large body, a stream of events, and a refused request. */
async function useThrough(
  url: string,
  { relay, client }: {
    relay: RelayProcess & { intakeToken: string; adminPassword: string };
    client: Deno.HttpClient;
  },
): Promise<void> {
  await eventually("the proxy to pass requests on", async () => {
    const response = await fetch(`${url}/healthz`, { client }).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status === 200;
  }, { within: 10_000, every: 50 });

  const asAdmin = { authorization: `Bearer ${relay.adminPassword}` };
  const signal = AbortSignal.timeout(20_000);
  const stream = await fetch(`${url}/events`, { client, headers: asAdmin, signal });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const listening = (async (): Promise<void> => {
    for (let done = false; !done && !/data: alert/.test(heard);) {
      const chunk = await reader.read();
      done = chunk.done;
      heard += chunk.value ?? "";
    }
  })();

  const alerts = Array.from({ length: 2_000 }, (_, index) => ({
    labels: { alertname: "Large", instance: `node-${index}`, filling: "x".repeat(2_400) },
  }));
  const body = JSON.stringify(webhook(...alerts));
  ok(body.length > 5_000_000, `${body.length}`);
  const response = await fetch(`${url}/webhook`, {
    client,
    method: "POST",
    headers: { authorization: `Bearer ${relay.intakeToken}`, "content-type": "application/json" },
    body,
  });
  equal([response.status, (await response.json()).accepted], [200, 2_000]);
  await listening; // while the stream is still open
  match(heard, /event: change\ndata: alert/);
  await reader.cancel();

  // Failures count for the address that the proxy forwards, not for the one that the client claims.
  const guess = await fetch(`${url}/webhook`, {
    client,
    method: "POST",
    headers: { authorization: "Bearer wrong", "x-forwarded-for": "198.51.100.7" },
    body: "{}",
  });
  await guess.body?.cancel();
  equal(guess.status, 401);
  await eventually("the refusal to be logged", () => /401[^]*from|from[^]*401/.test(relay.output), {
    within: 5_000,
  });
  ok(!relay.output.includes("198.51.100.7"), relay.output);
}
