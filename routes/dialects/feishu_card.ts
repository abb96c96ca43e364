import { type CardWords, linksOf } from "./card_words.ts";
import { itemsOf, membersOf, textOf } from "./loose_json.ts";

/**
 * The words of a Feishu card: of version 1 or 2, or made from a template. An unknown element contributes the words of
 * its own elements.
 *
 * Source: https://open.feishu.cn/document/feishu-cards/card-json-v2-structure
 */
export function feishuCardWords(card: Readonly<Record<string, unknown>>): CardWords {
  if (card.type === "template") return templateWords(membersOf(card.data));
  const { title, subtitle } = membersOf(card.header);
  const [head, second] = [wordsOf(title), wordsOf(subtitle)];
  const body = card.elements ?? membersOf(card.body).elements ?? firstOf(card.i18n_elements);
  const found: Found = { links: [] };
  const lines = elementsOf(body, found);
  return {
    title: head || second,
    text: [head && `**${head}**`, second, ...lines].filter(Boolean).join("\n\n"),
    links: linksOf([...found.links, { url: addressOf(card.card_link), title: head }]),
  };
}

/** The links that were found on the way. */
interface Found {
  readonly links: { readonly url: unknown; readonly title: string }[];
}

/** Of a template, only its variables are available. */
function templateWords({ template_variable: variables }: Readonly<Record<string, unknown>>): CardWords {
  const lines = Object.entries(membersOf(variables)).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === "" ? [] : [`${name}: ${text}`];
  });
  return { title: textOf(membersOf(variables).title), text: lines.join("\n"), links: [] };
}

function elementsOf(value: unknown, found: Found): string[] {
  return itemsOf(value).flatMap((item) => {
    // A language's elements may be lists in a list.
    if (Array.isArray(item)) return elementsOf(item, found);
    return elementOf(membersOf(item), found);
  }).filter((line) => line !== "");
}

function elementOf(element: Readonly<Record<string, unknown>>, found: Found): string[] {
  const { tag } = element;
  switch (tag) {
    case "markdown":
    case "lark_md":
    case "plain_text":
      return [textOf(element.content)];
    case "hr":
    case "chart":
      return [];
    case "img":
      return [wordsOf(element.alt) || wordsOf(element.title)];
    case "button":
      found.links.push({ url: addressOf(element), title: wordsOf(element.text) });
      return addressOf(element) === undefined ? [wordsOf(element.text)] : [];
    case "table":
      return tableOf(element);
    case "note":
      return [elementsOf(element.elements, found).join(" ")];
    default:
      return [
        wordsOf(membersOf(element.header).title),
        wordsOf(element.text),
        itemsOf(element.fields).map((field) => wordsOf(membersOf(field).text)).filter(Boolean).join("\n"),
        ...["elements", "columns", "actions"].flatMap((part) => elementsOf(element[part], found)),
        ...element.extra === undefined ? [] : elementOf(membersOf(element.extra), found),
      ];
  }
}

/** A line for each row. */
function tableOf({ columns, rows }: Readonly<Record<string, unknown>>): string[] {
  const known = itemsOf(columns).map(membersOf);
  const line = (row: unknown): string =>
    known.map(({ name, display_name: shown }) => {
      const value = cellOf(membersOf(row)[textOf(name)]);
      return value === "" ? "" : `${textOf(shown) || textOf(name)}: ${value}`;
    }).filter(Boolean).join(" · ");
  return [itemsOf(rows).map(line).filter(Boolean).join("\n")];
}

function cellOf(value: unknown): string {
  return Array.isArray(value)
    ? value.map((one) => textOf(membersOf(one).text ?? one)).join(", ")
    : textOf(value);
}

/** A text element, or a text. */
function wordsOf(value: unknown): string {
  return textOf(value) || textOf(membersOf(value).content);
}

/** The address that an element opens. */
function addressOf(value: unknown): unknown {
  const { url, multi_url: several, behaviors, default_url: standard } = membersOf(value);
  const opened = itemsOf(behaviors).map(membersOf).find(({ type }) => type === "open_url");
  return [url, membersOf(several).url, standard, opened?.default_url].find((one) => textOf(one) !== "");
}

/** The value of the first language. */
function firstOf(value: unknown): unknown {
  return Object.values(membersOf(value))[0];
}
