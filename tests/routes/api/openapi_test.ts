import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { documentOf, type OpenApi } from "../../../routes/api/openapi/document.ts";
import * as shapes from "../../../routes/api/openapi/shapes/mod.ts";
import { api } from "../../kit/api.ts";
import { descriptionsIn, documented, routesOf } from "../../kit/described.ts";
import { ROOT } from "../../kit/process.ts";
import { testRelay } from "../../kit/relay.ts";

Deno.test("every address of /api is described, and what is described is mounted", async () => {
  await using house = await testRelay();
  const document: OpenApi = (await api(house, "GET", "openapi.json")).body;
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const mounted = (await routesOf(house))
    .filter(({ path, method }) => /^\/api\//.test(path) && !path.startsWith("/api/v2/") && method !== "ALL")
    .map(({ path, method }) => `${method} ${documented(path)}`);
  ok(mounted.length > 25);
  const isOwn = (one: string): boolean => / \/api\/(?!v2\/)/.test(one);
  equal(told.filter(isOwn).sort(), [...new Set(mounted)].sort());
});

Deno.test("the doors are described, with what lets a sender in", async () => {
  await using house = await testRelay();
  const { paths }: OpenApi = (await api(house, "GET", "openapi.json")).body;
  const doors: [path: string, method: string, scheme: string | undefined][] = [
    ["/webhook", "post", "intakeToken"],
    ["/webhook/{owner}/{level}", "post", "intakeToken"],
    ["/", "post", "intakeToken"],
    ["/alarm_v2", "post", undefined],
    ["/alarm", "post", undefined],
    ["/robot/send", "post", "robotToken"],
    ["/dingtalk/{target}/send", "post", "intakeToken"],
    ["/prometheusalert", "post", "intakeToken"],
    ["/ocp/{owner}/{level}", "post", "intakeToken"],
    ["/api/v2/alarm/alarms", "post", "ocpBasic"],
    ["/api/v2/alarm/alarms", "get", "ocpBasic"],
    ["/api/v2/alarm/alarms/{id}", "get", "ocpBasic"],
    ["/api/v2/alarm/notifications", "get", "ocpBasic"],
    ["/healthz", "get", undefined],
    ["/readyz", "get", undefined],
    ["/events", "get", "token"],
  ];
  for (const [path, method, scheme] of doors) {
    const operation = paths[path]?.[method];
    ok(operation, `${method} ${path}`);
    equal(Object.keys(operation.security[0] ?? {})[0], scheme, path);
    if (method === "post") ok(operation.requestBody, path);
  }
});

Deno.test("the document is OpenAPI 3.1, whose references all lead somewhere", async () => {
  await using house = await testRelay({ env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" } });
  const { body } = await api(house, "GET", "openapi.json");
  equal(body.servers, [{ url: "https://alerts.example.com" }]);
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  ok(references.length > 50);
  for (const path of new Set(references)) {
    ok(path.split("/").reduce((node, name) => node?.[name], body), path);
  }
  const ids = Object.values((body as OpenApi).paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId)
  );
  equal(ids.length, new Set(ids).size);
  const { valid, errors } = await new Validator().validate(structuredClone(body));
  ok(valid, JSON.stringify(errors, null, 1));
});

Deno.test("docs/api.md names no address of /api that is not there", async () => {
  await using house = await testRelay();
  const { paths }: OpenApi = (await api(house, "GET", "openapi.json")).body;
  const text = await Deno.readTextFile(`${ROOT}docs/api.md`);
  const named = [...text.matchAll(/`(?:[A-Z]+ )?(\/api\/[^`\s?]*)[^`]*`/g)].map(([, path]) => path!)
    .filter((path) => !/[…*]|\/$/.test(path));
  ok(named.length > 20);
  const unknown = named.map((path) => path.replace(/:(\w+)/g, "{$1}"))
    .filter((path) => !(path in paths) && !path.startsWith("/api/config/"));
  equal(unknown, []);
});

Deno.test("the role of each address is the one that the guard asks for", async () => {
  await using house = await testRelay();
  const { paths }: OpenApi = (await api(house, "GET", "openapi.json")).body;
  const roleOf = (path: string, method: string): unknown => paths[path]![method]!["x-role"];
  equal(roleOf("/api/alerts", "get"), "viewer");
  equal(roleOf("/api/silences", "post"), "operator");
  equal(roleOf("/api/config/{item}", "put"), "admin");
  equal(roleOf("/api/tokens", "get"), "admin");
  equal(roleOf("/webhook", "post"), undefined);
});

Deno.test("each example is what its schema takes", async () => {
  await using house = await testRelay();
  const { paths } = documentOf(await routesOf(house));
  let seen = 0;
  for (const [name, description] of await descriptionsIn(house)) {
    const [method, path] = name.split(" ") as [string, string];
    const address = documented(path);
    const { requestBody, responses } = paths[address]![method.toLowerCase()]!;
    for (const { example } of Object.values(requestBody?.content ?? {})) {
      const { body } = description;
      const parsed = (typeof body === "function" ? body() : body!).safeParse(example);
      ok(parsed.success, `${name}: ${JSON.stringify(example)}: ${parsed.error}`);
      seen++;
    }
    for (const { example } of Object.values(responses[description.status ?? 200]!.content ?? {})) {
      const parsed = description.answer!(shapes).safeParse(example);
      ok(parsed.success, `${name} answers ${JSON.stringify(example)}: ${parsed.error}`);
      seen++;
    }
  }
  ok(seen > 50);
});

Deno.test("alarm_v2's description takes the parameters that the door takes, and no others", async () => {
  await using house = await testRelay();
  const { paths }: OpenApi = (await api(house, "GET", "openapi.json")).body;
  for (const path of ["/alarm_v2", "/alarm"]) {
    // deno-lint-ignore no-explicit-any -- the schema of a body
    const { schema } = (paths[path]!.post as any).requestBody.content["application/json"];
    equal(schema.additionalProperties, false);
    ok(Object.hasOwn(schema.properties, "alert_ip") && Object.hasOwn(schema.properties, "sign"));
  }
});
