import * as z from "zod";
import { entriesSchema, entryNameSchema, hexSchema } from "../entries.ts";
import { fromHex, toHex } from "../hex.ts";
import { PackageError } from "./error.ts";
import { FORMAT } from "./manifest.ts";

/**
 * manifest.sig: an Ed25519 signature (RFC 8032) of manifest.json, as 128 hex digits and a newline. The
 * manifest holds the SHA-256 of the weights, so the signature covers them too.
 */

export const SIGNATURE_FILE = "manifest.sig";

/** Prefix of signed bytes, so that a signature for another purpose is not valid here. */
const DOMAIN = `${FORMAT} manifest.json\n`;

/** A signer whose signatures are accepted. */
export interface Signer {
  name: string;
  publicKey: Uint8Array<ArrayBuffer>;
}

const entrySchema = z
  .array(z.string())
  .length(2, "it is not <name>:<public key>")
  .pipe(z.tuple([entryNameSchema, hexSchema("public key")]))
  .transform(([name, publicKey]): Signer => ({ name, publicKey: fromHex(publicKey) }));

/** Schema of the variable SIGNERS: entries `<name>:<public key>`. */
export const signersSchema = entriesSchema(
  entrySchema,
  "it names nobody",
  "npm run signing-key makes entries",
);

/** Writes the entry of a signer in SIGNERS. */
export const signerEntry = ({ name, publicKey }: Signer): string => `${name}:${toHex(publicKey)}`;

/** The bytes to sign: the domain, then the exact bytes of manifest.json. */
export function signedBytes(manifest: Uint8Array): Uint8Array<ArrayBuffer> {
  const domain = new TextEncoder().encode(DOMAIN);
  const bytes = new Uint8Array(domain.length + manifest.length);
  bytes.set(domain);
  bytes.set(manifest, domain.length);
  return bytes;
}

/** The text of manifest.sig. */
export const signatureText = (signature: Uint8Array): string => `${toHex(signature)}\n`;

/**
 * Checks that one of the signers has signed a manifest.
 *
 * @param manifest the bytes of manifest.json
 * @param text the text of manifest.sig; undefined if there is none
 * @throws PackageError signature_missing | signature_malformed | signature_wrong
 */
export async function checkSignature(
  signers: Signer[],
  manifest: Uint8Array,
  text: string | undefined,
): Promise<void> {
  if (text === undefined) {
    throw new PackageError(
      "signature_missing",
      `the package is not signed: it has no ${SIGNATURE_FILE}; npm run sign makes one`,
    );
  }
  if (!/^[0-9a-f]{128}\n$/.test(text)) {
    throw new PackageError(
      "signature_malformed",
      `${SIGNATURE_FILE} is not 128 lower-case hex digits and a newline`,
    );
  }
  const [signature, signed] = [fromHex(text), signedBytes(manifest)];
  for (const { publicKey } of signers) {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    if (await crypto.subtle.verify("Ed25519", key, signature, signed)) return;
  }
  const names = signers.map(({ name }) => name).join(", ");
  throw new PackageError(
    "signature_wrong",
    `${SIGNATURE_FILE} is no signature of this manifest.json by ${names}`,
  );
}
