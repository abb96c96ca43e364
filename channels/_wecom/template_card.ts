/**
 * A template card with buttons: https://developer.work.weixin.qq.com/document/path/90236. It can be changed once, with the code
 * in WeCom's answer: https://developer.work.weixin.qq.com/document/path/94888
 *
 * @module
 */
import { cut, type Message } from "../../relay/channel.ts";
import { keyOf } from "../_enterprise/conversation.ts";

/** The most characters that WeCom advises. */
const CHARS = { title: 36, line: 44, text: 160, button: 10 };

/** The characters of a card's text. */
export const CARD_CHARS = CHARS.text;

/** WeCom's colours of buttons. */
const BLUE = 1;
const GREY = 4;

/** The card of a message; `undefined` if it has no actions: WeCom requires at least one button. */
export function cardOf(message: Message): Record<string, unknown> | undefined {
  const { actions, words, plain, digest } = message;
  if (plain || digest || actions?.codes === undefined) return undefined;
  const { acknowledge, take, snooze } = actions.codes;
  const buttons = [
    { text: words.acknowledge, key: acknowledge, style: BLUE },
    { text: words.take, key: take, style: GREY },
    { text: words.snooze, key: snooze, style: GREY },
  ];
  return {
    ...frameOf(message),
    task_id: taskOf(message),
    button_list: buttons.map((button) => ({ ...button, text: cut(button.text, { chars: CHARS.button }) })),
  };
}

/** The changed card. It has a single button, which is disabled and shows the action. */
export function changedCard(message: Message): Record<string, unknown> {
  const { words } = message;
  return {
    ...frameOf(message),
    task_id: taskOf(message),
    button_list: [{ text: words.status, key: "done", style: GREY }],
    replace_text: cut(words.event ?? words.status, { chars: CHARS.button }),
  };
}

function frameOf({ title, body, severity, words, links, actions }: Message): Record<string, unknown> {
  const url = actions?.open ?? links[0]?.url;
  const line = words.event ?? words.handled ?? `${words.status} · ${words.severity}`;
  return {
    card_type: "button_interaction",
    main_title: {
      title: cut(title.trim() || severity, { chars: CHARS.title }),
      desc: cut(line, { chars: CHARS.line }),
    },
    ...body.trim() === "" ? {} : { sub_title_text: cut(body, { chars: CHARS.text }) },
    ...url === undefined ? {} : { card_action: { type: 1, url } },
  };
}

/** The id of a card's task: an app must not use one twice. */
function taskOf({ id }: Message): string {
  return `fenghuo-${keyOf(id)}`;
}
