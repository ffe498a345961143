import type { Frame } from "../../../shared/image/frame.ts";
import { ImageError } from "../../../shared/image/decode/imageError.ts";
import { ImageReader } from "../../../shared/image/decode/imageReader.ts";
import { HttpError } from "../../http/errors.ts";
import { modules } from "./modules.ts";

/** The reader of this isolate. */
const reader = new ImageReader(modules);

/** Bytes of WebAssembly memory that decoders keep. */
export const decoderBytes = (): number => reader.heapBytes;

/** Whether bytes begin as an image of a kind that is decoded. */
export const isImage = (bytes: Uint8Array): boolean => reader.recognises(bytes);

/**
 * Decodes an image to the network's pixels. The bytes decide the format, not the media type of the request.
 *
 * @param where the image's place in the request, for the message
 * @param budget bytes of memory that decoding may take
 * @returns RGB bytes, [height, width, 3] of the frame
 * @throws HttpError 413 if decoding would take more than the budget, 422 if the bytes do not decode
 */
export function decodeImage(
  bytes: Uint8Array,
  where: string,
  frame: Frame,
  budget: number,
): Uint8Array {
  try {
    return reader.read(bytes, frame, budget);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new HttpError(error.code, `${where} ${error.message}`, where);
  }
}
