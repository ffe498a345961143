import { contentsLine, type DatasetEntry, entryLine } from "../../../shared/dataset/dataset.ts";
import { Digest } from "./digest.ts";

/** The least that R2 takes as a part of an upload, but for the last. */
const PART_BYTES = 5 * 2 ** 20;

/** Characters that are encoded together: a call for each line takes longer than all else. */
const BATCH = 2 ** 17;

/** Writes entries to R2 as they come, and computes their digests. Nothing is visible in R2 before `complete`. */
export class EntriesWriter {
  /** Of the lines, as the index has it. */
  private readonly lineDigest = new Digest();
  /** Of what the version is computed from. */
  private readonly contentDigest = new Digest();
  private lines: string[] = [];
  private contents: string[] = [];
  private length = 0;
  private readonly part = new Uint8Array(PART_BYTES);
  private filled = 0;
  private readonly parts: R2UploadedPart[] = [];

  /** @param upload if null, there is nothing to write, because the object exists */
  constructor(private readonly upload: R2MultipartUpload | null) {}

  async add(entry: DatasetEntry): Promise<void> {
    const line = entryLine(entry);
    this.lines.push(line);
    this.contents.push(contentsLine(entry));
    this.length += line.length;
    if (this.length >= BATCH) await this.flush();
  }

  /** @returns the digests of the lines and of the contents, after the last entry */
  async digests(): Promise<{ lines: string; contents: string }> {
    await this.flush();
    return { lines: await this.lineDigest.hex(), contents: await this.contentDigest.hex() };
  }

  async complete(): Promise<void> {
    if (!this.upload) return;
    if (this.filled > 0) await this.send(this.upload);
    await this.upload.complete(this.parts);
  }

  private async flush(): Promise<void> {
    const encoder = new TextEncoder();
    const bytes = encoder.encode(this.lines.join(""));
    await this.lineDigest.write(bytes);
    await this.contentDigest.write(encoder.encode(this.contents.join("")));
    [this.lines, this.contents, this.length] = [[], [], 0];
    if (this.upload) await this.store(this.upload, bytes);
  }

  private async store(upload: R2MultipartUpload, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.subarray(at, at + PART_BYTES - this.filled);
      this.part.set(taken, this.filled);
      this.filled += taken.length;
      at += taken.length;
      if (this.filled === PART_BYTES) await this.send(upload);
    }
  }

  private async send(upload: R2MultipartUpload): Promise<void> {
    const part = this.part.subarray(0, this.filled);
    this.parts.push(await upload.uploadPart(this.parts.length + 1, part));
    this.filled = 0;
  }
}
