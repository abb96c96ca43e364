import { ROOT } from "./process.ts";

/** A fenced block of a page. */
export interface Block {
  /** Such as `docs/api.md`. */
  readonly page: string;
  /** The line of its fence, from 1. */
  readonly line: number;
  readonly text: string;
}

/** The README, and every page of docs/. */
export const PAGES: readonly string[] = await pages();

async function pages(): Promise<string[]> {
  const found = ["README.md"];
  for await (const { name } of Deno.readDir(`${ROOT}docs`)) {
    if (name.endsWith(".md")) found.push(`docs/${name}`);
  }
  return found.sort();
}

/** The blocks of a page in a language. */
export async function blocksIn(page: string, language: string): Promise<Block[]> {
  const text = await Deno.readTextFile(ROOT + page);
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, fence]) => fence === language)
    .map(({ index, 2: body }) => ({ page, line: text.slice(0, index).split("\n").length, text: body! }));
}
