import { secret, z } from "../../relay/channel.ts";

/** The fields of an access key. */
export const keyFields: { accessKeyId: z.ZodString; accessKeySecret: z.ZodString } = {
  accessKeyId: z.string().trim().min(1).meta({
    title: "AccessKey ID",
    description: "Of a RAM user who may do only this.",
  }),
  accessKeySecret: secret("AccessKey secret"),
};

/** The Chinese of the fields. */
export const KEY_WORDS: Readonly<Record<string, string>> = {
  "AccessKey ID": "AccessKey ID",
  "Of a RAM user who may do only this.": "建议使用只有此权限的 RAM 用户。",
  "AccessKey secret": "AccessKey Secret",
};
