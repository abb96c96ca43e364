import type { Channel, ChannelRequest, ChannelResponse, Message, Verdict } from "../../relay/channel.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { verdictByDefault } from "../../relay/channel/by_status.ts";
import { NOW } from "./_message.ts";

/** Send a message over HTTP as the relay would, and read the channel's own verdict. */
export async function send(
  channel: Channel,
  input: unknown,
  message: Message,
  { now = NOW }: { now?: number } = {},
): Promise<Verdict | undefined> {
  return channel.verdict?.(await exchange(await requestOf(channel, input, message, { now })), { now });
}

/** As {@linkcode send}; an answer of which the channel says nothing has the relay's verdict. */
export async function deliver(
  channel: Channel,
  input: unknown,
  message: Message,
  { now = NOW }: { now?: number } = {},
): Promise<Verdict> {
  const response = await exchange(await requestOf(channel, input, message, { now }));
  return channel.verdict?.(response, { now }) ?? verdictByDefault(channel, response, { now });
}

/** The request with which a channel delivers a message. `input`: its config. */
export async function requestOf(
  channel: Channel,
  input: unknown,
  message: Message,
  { now = NOW }: { now?: number } = {},
): Promise<ChannelRequest> {
  const request = await channel.request!(channel.config.parse(input), message, { now, id: message.id });
  if ("kind" in request) throw new Error(`the channel declines: ${request.because}`);
  return request;
}

/** One request, and the answer as channels read it. */
export async function exchange(request: ChannelRequest): Promise<ChannelResponse> {
  const { url, method = "POST" } = request;
  const response = await fetch(url, { method, redirect: "manual", ...encodeRequest(request) });
  return answer(await response.text(), { status: response.status, headers: response.headers });
}

/** An answer, as channels read it. */
export function answer(
  text: string,
  { status = 200, headers = {} }: { status?: number; headers?: HeadersInit } = {},
): ChannelResponse {
  return { status, headers: new Headers(headers), text, json: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
