import { z } from "../../relay/channel.ts";
import { PLACEHOLDERS } from "./variables.ts";

/** The description of a template's variables. */
export const VARIABLES_HELP = `A text with placeholders: ${PLACEHOLDERS}.`;

/** Whether a resolved alert is sent, too. */
export function resolvedField(standard: boolean): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().default(standard).meta({
    title: "Also when resolved",
    description: "Whether members are told when the alert is resolved.",
  });
}

/** The length of one variable. */
export function charsField({ most, standard }: { most: number; standard: number }): z.ZodDefault<z.ZodInt> {
  return z.int().min(8).max(most).default(standard).meta({
    title: "Characters of a variable",
    description: "What the template allows; longer values are cut.",
  });
}

/** The address that all of them read. */
export const MOBILE = { name: "mobile", title: "Mobile" } as const;

/** The Chinese of the fields. */
export const PHONE_WORDS: Readonly<Record<string, string>> = {
  "Variables": "模板变量",
  "Also when resolved": "恢复时也发送",
  "Whether members are told when the alert is resolved.": "告警恢复时是否通知成员。",
  "Characters of a variable": "变量的字数",
  "What the template allows; longer values are cut.": "模板允许的长度，超出会截断。",
  "Mobile": "手机号",
  "Times": "播放次数",
  "How often the call says it.": "电话中播放几遍。",
};
