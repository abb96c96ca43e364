import { SECRETS, type TestRelay } from "./relay.ts";

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- a test looks at what it expects
  readonly body: any;
}

/** Ask the API as the administrator. */
export async function api(
  house: TestRelay,
  method: string,
  path: string,
  { body, version }: { body?: unknown; version?: string } = {},
): Promise<Answer> {
  const response = await house.request(`/api/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${SECRETS.adminPassword}`,
      ...version === undefined ? {} : { "if-match": `"${version}"` },
      ...body === undefined ? {} : { "content-type": "application/json" },
    },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}
