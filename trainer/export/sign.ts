import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { signatureText, signedBytes } from "../../shared/package/signature.ts";
import { UserError } from "../error.ts";

/** Makes an Ed25519 key pair: the private key as PEM (PKCS #8), the public key as 32 bytes. */
export function makeSigningKey(): { pem: string; publicKey: Uint8Array<ArrayBuffer> } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: new Uint8Array(Buffer.from(x, "base64url")),
  };
}

/** Reads a key that `npm run signing-key` wrote. @throws UserError if the file is missing or holds no such key */
export async function readSigningKey(path: string): Promise<KeyObject> {
  const pem = await readFile(path, "utf8").catch(() => {
    throw new UserError(`there is no key at ${path}; make one: npm run signing-key -- ${path}`);
  });
  const fault = new UserError(`${path} holds no private Ed25519 key in PEM`);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "ed25519") throw fault;
    return key;
  } catch {
    throw fault;
  }
}

/** Signs a manifest.json. @returns the text of manifest.sig */
export const signManifest = (key: KeyObject, manifest: string): string =>
  signatureText(sign(null, signedBytes(new TextEncoder().encode(manifest)), key));
