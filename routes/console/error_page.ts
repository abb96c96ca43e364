import type { Context } from "hono";
import { PageError } from "../http/errors.ts";
import type { AnsweredFailure } from "../http/failure.ts";
import { localPath } from "./local_path.ts";
import type { Shell } from "./shell.ts";

/** An error as a page: what is wrong, and where to go from there. Who is not signed in is asked to, and comes back. */
export async function errorPage(
  c: Context,
  shell: Shell,
  { status, message, headers = {}, error }: AnsweredFailure,
): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const view = await shell.openToAll(c);
  for (const [name, value] of Object.entries(headers)) {
    // A page has its own way to sign in: the browser's window would stand before it.
    if (name !== "www-authenticate") c.header(name, value);
  }
  if (status === 401) {
    // The page that asks for a part of itself stays, with what is being typed there, and says so: see console.js.
    if (c.req.header("hx-request")) return c.body(null, 401);
    if (c.req.method === "GET") return view.done(`/sign-in?to=${encodeURIComponent(pathname + search)}`);
  }
  const { t } = view;
  return await view.html("console/error", {
    title: t(titleOf(status)),
    status,
    code: status,
    // A form that was sent after its session: one comes back to its page.
    to: localPath(URL.parse(c.req.header("referer") ?? "")?.pathname, "/"),
    detail: status === 401
      ? t("error.sessionOver")
      : error instanceof PageError
      ? t(error.key, error.params)
      : status === 404
      ? t("error.nothingHere")
      : message,
    path: c.req.path.slice(0, 200),
  });
}

function titleOf(
  status: AnsweredFailure["status"],
): "error.401" | "error.403" | "error.404" | "error.422" | "error.429" | "error.500" | "error.503" {
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 429:
    case 500:
    case 503:
      return `error.${status}`;
    default:
      return "error.422";
  }
}
