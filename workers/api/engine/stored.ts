import { toHex } from "../../../shared/hex.ts";
import type { ByteSource } from "../../../shared/package/source.ts";

/** An object of the bucket as a file that is hashed as it is read. */
export function sourceOfObject({ key, body }: R2ObjectBody): ByteSource {
  const reader = body.getReader({ mode: "byob" });
  const digest = new crypto.DigestStream("SHA-256");
  const hashing = digest.getWriter();
  return {
    async read(length) {
      if (length === 0) return new Uint8Array();
      const { value } = await reader.readAtLeast(length, new Uint8Array(length));
      if (value?.length !== length) throw new Error(`the bucket gave only a part of ${key}`);
      await hashing.write(value);
      return value;
    },
    async sha256() {
      await hashing.close();
      return toHex(new Uint8Array(await digest.digest));
    },
  };
}
