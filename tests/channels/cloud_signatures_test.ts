/** The signatures of Aliyun and Tencent Cloud, by the examples that they publish. */
import { equal, match } from "node:assert/strict";
import { signedCall as aliyun } from "../../channels/_aliyun/signature.ts";
import { signedCall as tencent } from "../../channels/_tencent/signature.ts";

Deno.test("Aliyun's published example has our signature", async () => {
  const { url, headers, body } = await aliyun(
    { accessKeyId: "YourAccessKeyId", accessKeySecret: "YourAccessKeySecret" },
    {
      base: "https://ecs.cn-shanghai.aliyuncs.com",
      action: "RunInstances",
      version: "2014-05-26",
      query: {
        RegionId: "cn-shanghai",
        ImageId: "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        None: undefined,
      },
      nonce: "3156853299f313e23d1673dc12e1703d",
    },
    { now: Date.parse("2023-10-26T10:22:32.999Z") },
  );
  equal(
    headers?.authorization,
    "ACS3-HMAC-SHA256 Credential=YourAccessKeyId," +
      "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
      "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
  );
  equal(headers?.["x-acs-date"], "2023-10-26T10:22:32Z");
  equal(
    url,
    "https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
  );
  equal(body, undefined);
});

Deno.test("Aliyun's query is encoded by RFC 3986, whatever is in it", async () => {
  const { url } = await aliyun({ accessKeyId: "a", accessKeySecret: "b" }, {
    base: "https://x.example.com",
    action: "A",
    version: "1",
    query: { text: "a b+c*(d)!'~&=%/中\ud83d" },
    nonce: "n",
  }, { now: 0 });
  equal(url, "https://x.example.com/?text=a%20b%2Bc%2A%28d%29%21%27~%26%3D%25%2F%E4%B8%AD%EF%BF%BD");
});

Deno.test("Tencent's published example has our signature", async () => {
  const { headers } = await tencent(
    { secretId: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", secretKey: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE" },
    {
      base: "https://cvm.tencentcloudapi.com",
      service: "cvm",
      action: "DescribeInstances",
      version: "2017-03-12",
      region: "ap-guangzhou",
      body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
    },
    { now: 1_551_113_065_999 },
  );
  equal(
    headers?.authorization,
    "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, " +
      "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
  );
  equal(headers?.["x-tc-timestamp"], "1551113065");
});

Deno.test("a text message of Tencent's has our signature, computed apart", async () => {
  const body = '{"PhoneNumberSet":["+8613800000000"],"SmsSdkAppId":"1400000000","SignName":"demo",' +
    '"TemplateId":"100000","TemplateParamSet":["a"]}';
  const call = { service: "sms", action: "SendSms", version: "2021-01-11", region: "ap-guangzhou", body };
  const { headers } = await tencent(
    { secretId: "id", secretKey: "test-secret-key" },
    { base: "https://sms.tencentcloudapi.com", ...call },
    { now: 1_700_000_000_000 },
  );
  match(
    headers?.authorization ?? "",
    /Signature=53bc3a5f497d19dcb43297b40f8de8dd9894170c7ea49bb7d5f35d2a68e0e7ed$/,
  );
});
