import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { Buffer } from "node:buffer";

/** A certificate that signs itself, and the key that it certifies. */
export interface TestCertificate {
  readonly pem: string;
  readonly privateKey: KeyObject;
}

/** Make a certificate. `kind`: of its key; it is signed by an RSA key in any case. */
export function makeCertificate(
  { from, to, kind = "rsa" }: { from: number; to: number; kind?: "rsa" | "ec" },
): TestCertificate {
  const signer = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { publicKey, privateKey } = kind === "rsa"
    ? signer
    : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const name = der(
    0x30,
    der(0x31, der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from("signer.example")))),
  );
  const body = der(
    0x30,
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    name,
    der(0x30, utcTime(from), utcTime(to)),
    name,
    publicKey.export({ format: "der", type: "spki" }),
  );
  const signature = sign("sha256", body, signer.privateKey);
  const whole = der(0x30, body, SHA256_WITH_RSA, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").replace(/.{64}/g, "$&\n");
  return { pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, privateKey };
}

/** A value of ASN.1 in DER: tag, length, contents. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

const SHA256_WITH_RSA = der(
  0x30,
  oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b),
  der(0x05),
);

/** `YYMMDDhhmmssZ` */
function utcTime(ms: number): Buffer {
  return der(0x17, Buffer.from(new Date(ms).toISOString().replace(/^\d\d|[-:T]|\.\d+/g, "")));
}
