import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkSignature, signersSchema } from "../../../shared/package/signature.ts";

const MANIFEST = new TextEncoder().encode('{"format": "pddm-model/1", "name": "é"}\n');

/** By Node's own crypto; what is checked is WebCrypto's. */
function signer(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  return { privateKey, entry: `${name}:${raw.toString("hex")}` };
}

const alice = signer("alice");
const bob = signer("bob");
const both = signersSchema.parse(`${alice.entry},\n${bob.entry}\n`);

const DOMAIN = Buffer.from("pddm-model/1 manifest.json\n");
const signWith = (key: KeyObject, bytes: Uint8Array) =>
  `${sign(null, bytes, key).toString("hex")}\n`;
const textBy = (key: KeyObject) => signWith(key, Buffer.concat([DOMAIN, MANIFEST]));

const faultOf = (manifest: Uint8Array, text: string | undefined, signers = both) =>
  checkSignature(signers, manifest, text).then(
    () => undefined,
    ({ fault }: { fault: string }) => fault,
  );

describe("a signature", () => {
  it("is good by any of the signers", async () => {
    for (const { privateKey } of [alice, bob]) {
      expect(await faultOf(MANIFEST, textBy(privateKey))).toBeUndefined();
    }
  });

  it("is none by others, or of other bytes, or for another purpose", async () => {
    const { privateKey } = alice;
    expect(await faultOf(MANIFEST, textBy(signer("alice").privateKey))).toBe("signature_wrong");
    expect(await faultOf(MANIFEST, textBy(bob.privateKey), [both[0]])).toBe("signature_wrong");
    expect(await faultOf(MANIFEST.slice(1), textBy(privateKey))).toBe("signature_wrong");
    expect(await faultOf(MANIFEST, signWith(privateKey, MANIFEST))).toBe("signature_wrong");
  });

  it("is lost with any bit of the manifest, or of itself", async () => {
    const text = textBy(alice.privateKey);
    const turn = <T extends Uint8Array>(bytes: T, bit: number) =>
      bytes.with(bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7)));
    for (let bit = 0; bit < 8 * MANIFEST.length; bit++) {
      expect(await faultOf(turn(MANIFEST, bit), text)).toBe("signature_wrong");
    }
    const bytes = new TextEncoder().encode(text);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const turned = new TextDecoder().decode(turn(bytes, bit));
      expect(await faultOf(MANIFEST, turned)).toMatch(/signature_(wrong|malformed)/);
    }
  });

  it.each([
    [undefined, "signature_missing"],
    ["", "signature_malformed"],
    [textBy(alice.privateKey).trim(), "signature_malformed"],
    [textBy(alice.privateKey).toUpperCase(), "signature_malformed"],
    [`${textBy(alice.privateKey)}\n`, "signature_malformed"],
    [`${"0".repeat(128)}\n`, "signature_wrong"],
  ])("is not %j", async (text, fault) => {
    expect(await faultOf(MANIFEST, text)).toBe(fault);
  });
});

describe("the entries of SIGNERS", () => {
  it.each([
    ["", "it names nobody"],
    ["alice", "entry 1: it is not <name>:<public key>"],
    [`${alice.entry},b`, "entry 2: it is not <name>:<public key>"],
    [`A${alice.entry}`, "entry 1: its name is not"],
    [`${alice.entry}0`, "entry 1: its public key is not 64 lower-case hex digits"],
  ])("%j: %s", (text, problem) => {
    const { error } = signersSchema.safeParse(text);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(problem)]);
  });
});
