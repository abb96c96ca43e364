/** The config for an address of the Bot API, or the reason why the address is not one. */
export function configIn(url: URL): Readonly<Record<string, unknown>> | string {
  const [, before, token] = /^(.*)\/bot(\d+(?::|%3A)[-\w]+)\/\w+$/i.exec(url.pathname) ?? [];
  if (token === undefined) return "The address is not of the form /bot…/sendMessage: give the whole address";
  const chat = url.searchParams.get("chat_id");
  const topic = url.searchParams.get("message_thread_id");
  return {
    token: token.replace(/%3A/i, ":"),
    ...chat ? { chat } : {},
    ...topic ? { topic } : {},
    base: url.origin + before,
  };
}
