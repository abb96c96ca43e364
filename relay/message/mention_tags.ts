/**
 * `<@userid>` in a message to a WeCom robot; `<at user_id="ou_1">Name</at>` and `<at id=all></at>` in one to a Feishu robot.
 * Source: https://developer.work.weixin.qq.com/document/path/91770, https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
const TAG =
  /<@([\w.@-]{1,64})>|<at\s{1,9}(?:user_id|open_id|id|ids|email)\s{0,9}=\s{0,9}["']?([^"'<>\s]{1,200})["']?\s{0,9}>([^<>]{0,100})<\/at>/g;

/** Replaces the tags that mention people by `@name`; without a name, by the vendor's own words for the person. */
export function withoutMentionTags(text: string, nameOf: (handle: string) => string | undefined): string {
  return text.replace(TAG, (_, user: string | undefined, id = "", name = "") => {
    const handle = user ?? id;
    return `@${nameOf(handle) ?? (name.trim() || handle)}`;
  });
}
