import { z } from "../../relay/channel.ts";
import { FIELD_NAMES, pattern } from "./variables.ts";

/** Lists the fields that a variable may contain. */
export const VARIABLES_HELP = `A text with fields of the message: ${FIELD_NAMES}.`;

/** The signature of text messages, which carriers put before the text. */
export const signName = z.string().trim().min(1).meta({
  title: "Signature",
  description: "An approved one, without its brackets.",
});

/** The variables of a template that names them. */
export const namedVariables = z.record(
  z.string().regex(/^[A-Za-z]\w*$/, "must be a name of the template"),
  pattern,
).default({}).meta({
  title: "Variables",
  description: `By the template's names, such as name: "{severity} {name}". ${VARIABLES_HELP}`,
});

/** The variables of a template that numbers them. */
export const listedVariables = z.array(pattern).default([]).meta({
  title: "Variables",
  description: `In the template's order. ${VARIABLES_HELP}`,
});

/** The number of times that a call reads its text. */
export function timesField(most: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(most).default(2).meta({
    title: "Times",
    description: "How often the call says it.",
  });
}

/** Whether resolved alerts are sent. */
export function resolvedField(standard: boolean): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().default(standard).meta({
    title: "Also when resolved",
    description: "Whether members are notified when the alert is resolved.",
  });
}

/** The length of one variable. */
export function charsField({ most, standard }: { most: number; standard: number }): z.ZodDefault<z.ZodInt> {
  return z.int().min(8).max(most).default(standard).meta({
    title: "Characters of a variable",
    description: "What the template allows; longer values are cut.",
  });
}

/** The address of a member that these vendors need. */
export const MOBILE = { name: "mobile", title: "Mobile" } as const;

const VARIABLES_HELP_ZH = `可用的字段：${FIELD_NAMES.replaceAll(", ", "、")}。`;

/** The Chinese of the fields. */
export const PHONE_WORDS: Readonly<Record<string, string>> = {
  "Signature": "短信签名",
  "An approved one, without its brackets.": "已通过审核的签名，不含【】。",
  "Variables": "模板变量",
  [namedVariables.meta()!.description as string]:
    `按模板的变量名填写，例如 name: “{severity} {name}”。${VARIABLES_HELP_ZH}`,
  [listedVariables.meta()!.description as string]: `按模板中的顺序填写。${VARIABLES_HELP_ZH}`,
  [VARIABLES_HELP]: VARIABLES_HELP_ZH,
  "Also when resolved": "恢复时也发送",
  "Whether members are notified when the alert is resolved.": "告警恢复时是否通知成员。",
  "Characters of a variable": "变量的字数",
  "What the template allows; longer values are cut.": "模板允许的长度，超出会截断。",
  "Mobile": "手机号",
  "Times": "播放次数",
  "How often the call says it.": "电话中播放几遍。",
};
