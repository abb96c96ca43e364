import { secret, z } from "../../relay/channel.ts";

/** The fields of a key. */
export const keyFields: { secretId: z.ZodString; secretKey: z.ZodString } = {
  secretId: z.string().trim().min(1).meta({
    title: "SecretId",
    description: "Of a sub-user who may do only this.",
  }),
  secretKey: secret("SecretKey"),
};

/** The field of the region. */
export const region: z.ZodDefault<z.ZodString> = z.string().regex(/^[a-z][a-z0-9-]*$/).default("ap-guangzhou")
  .meta({
    title: "Region",
  });

/** The Chinese of the fields. */
export const KEY_WORDS: Readonly<Record<string, string>> = {
  "SecretId": "SecretId",
  "Of a sub-user who may do only this.": "建议使用只有此权限的子用户。",
  "SecretKey": "SecretKey",
  "Region": "地域",
};
