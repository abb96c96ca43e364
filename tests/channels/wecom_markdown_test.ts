import assert from "node:assert/strict";
import { WECOM_MARKDOWN } from "../../channels/_wecom/markdown.ts";

const TABLE: [what: string, common: string, wecom: string][] = [
  [
    "an alert: lines end where they do, a list is a quote, the head's facts have a colour",
    "**🔴 HighCPU** · 严重 · 已 8 分钟\n\nprod/checkout\n\n- 值：97\n- 标签：a=b\n\n[详情](https://x.example/)",
    '**🔴 HighCPU** · <font color="warning">严重 · 已 8 分钟</font>\nprod/checkout\n> 值：97\n> 标签：a=b\n\n[详情](https://x.example/)',
  ],
  [
    "several: a block begins with an empty line",
    "**3**\n\n**✅ A** · 已恢复\n- b\n\n**🟡 C** · 警告",
    '**3**\n\n**✅ A** · <font color="info">已恢复</font>\n> b\n\n**🟡 C** · <font color="comment">警告</font>',
  ],
  [
    "links after the facts keep their own colour",
    "**🟠 A** · x · [y](https://x.example/)",
    '**🟠 A** · <font color="warning">x</font> · [y](https://x.example/)',
  ],
  ["a head without facts", "**🔴 A**\n\ntext", "**🔴 A**\ntext"],
  ["bold words without a mark", "**A** · x", "**A** · x"],
  [
    "what follows the links of a block is about all blocks",
    "**🔴 A** · x\n\n[a](https://x.example/) · [b](https://y.example/)\n\ncommon",
    '**🔴 A** · <font color="warning">x</font>\n[a](https://x.example/) · [b](https://y.example/)\n\ncommon',
  ],
  ["a nested item", "- a\n  - b", "> a\n> b"],
  ["a number stays", "1. a\n2. b", "1. a\n2. b"],
];

for (const [what, common, wecom] of TABLE) {
  Deno.test(`WeCom's markdown: ${what}`, () => assert.equal(WECOM_MARKDOWN.write!(common), wecom));
}
