/** Whether a text is a whole address of the web, http or https. */
export function isWebAddress(text: string): boolean {
  return /^https?:/i.test(text) && URL.canParse(text);
}
