import { toHex } from "../../../shared/hex.ts";

/** SHA-256 of bytes that come in parts. */
export class Digest {
  private readonly stream = new crypto.DigestStream("SHA-256");
  private readonly writer = this.stream.getWriter();

  write(bytes: Uint8Array): Promise<void> {
    return this.writer.write(bytes);
  }

  async hex(): Promise<string> {
    await this.writer.close();
    return toHex(new Uint8Array(await this.stream.digest));
  }
}
