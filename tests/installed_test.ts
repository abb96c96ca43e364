/** `deno install` fetches everything that a relay loads, so a platform without outgoing connections can start it. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { cp } from "node:fs/promises";
import { inboxOf, inherited, postTo, ROOT, startRelay, temporaryFolder } from "./kit/process.ts";
import { eventually } from "./kit/eventually.ts";

/** A proxy that is not there: whoever wants to download something fails at once. */
const OFFLINE = {
  HTTPS_PROXY: "http://127.0.0.1:1",
  HTTP_PROXY: "http://127.0.0.1:1",
  NO_PROXY: "127.0.0.1",
};

/** Put into an empty cache the packages that the lock file names, as a registry would give them. */
async function fetchLocked(cache: string): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: ROOT })
    .output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const { npm } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  for await (const { name: registry, isDirectory } of Deno.readDir(npmCache)) {
    if (!isDirectory) continue;
    for (const key of Object.keys(npm)) {
      const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key)!;
      for (const path of [`${name}/${version}`, `${name}/registry.json`]) {
        const from = `${npmCache}/${registry}/${path}`;
        const isThere = await Deno.stat(from).then(() => true, () => false);
        if (isThere) await cp(from, `${cache}/npm/${registry}/${path}`, { recursive: true });
      }
    }
  }
}

Deno.test("a relay whose cache has what deno install put there, and no way out, does everything", async () => {
  await using folder = await temporaryFolder();
  const env = { ...OFFLINE, DENO_DIR: `${folder.path}/cache` };
  await fetchLocked(env.DENO_DIR);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install"],
    cwd: ROOT,
    clearEnv: true,
    env: { ...inherited(), ...env },
  }).output();
  equal(code, 0, new TextDecoder().decode(stderr));

  await using relay = await startRelay({ folder: folder.path, env });
  const headers = { authorization: `Bearer ${relay.adminPassword}` };
  const get = async (path: string, accept = "application/json"): Promise<string> => {
    const response = await fetch(relay.url + path, { headers: { ...headers, accept } });
    const text = await response.text();
    equal([path, response.status], [path, 200], text);
    return text;
  };
  await postTo(relay, { labels: { instance: "a" } });
  await eventually("the message", async () => (await inboxOf(relay)).length === 1);
  const { channels, broken } = JSON.parse(await get("/api/channels"));
  ok(channels.length >= 9);
  equal(broken, {});
  for (const path of ["/", "/incidents", "/templates", "/settings", "/groups"]) await get(path, "text/html");
  const assets = (await get("/", "text/html")).matchAll(/(?:src|href)="(\/[^"]*\.(?:js|css)[^"]*)"/g);
  const loaded = Array.from(assets, ([, path]) => path!);
  ok(loaded.some((path) => path.includes("htmx")), loaded.join());
  for (const path of loaded) await get(path, "*/*");
  match(await get("/metrics", "text/plain"), /^fenghuo_build_info/m);
  match(await get("/api/openapi.json"), /"openapi"/);
  const trial = await fetch(`${relay.url}/api/destinations/test`, {
    method: "POST",
    headers,
    body: JSON.stringify({
      destination: {
        channel: "email",
        config: { host: "127.0.0.1", port: 1, from: "a@example.com", to: ["b@example.com"] },
      },
    }),
  });
  match((await trial.json()).because, /ECONNREFUSED/); // from the mail library, which is loaded by now
  await relay.stop();
  ok(!/Download|error sending request/.test(relay.output), relay.output);
});
