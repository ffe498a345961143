import type { PackageFiles } from "../../shared/package/codec.ts";
import { signatureText, signedBytes, signerEntry } from "../../shared/package/signature.ts";

/** Signs packages with a new key. */
export interface TestSigner {
  /** For the variable SIGNERS. */
  entry: string;
  sign(files: PackageFiles): Promise<PackageFiles & { signature: string }>;
}

export async function makeSigner(name: string): Promise<TestSigner> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("Ed25519 keys come in pairs");
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new Error("a raw key is bytes");
  return {
    entry: signerEntry({ name, publicKey: new Uint8Array(raw) }),
    sign: async (files) => {
      const signed = signedBytes(new TextEncoder().encode(files.manifest));
      const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, signed);
      return { ...files, signature: signatureText(new Uint8Array(signature)) };
    },
  };
}
