import { ReadableStream } from "node:stream/web";

const PIECE_BYTES = 65_536;

/**
 * A body whose progress shows. `fetch` would hand over the whole of a buffer at once, and sends a stream without its
 * length.
 */
export class Sending extends Blob {
  /** @param onPiece called when the connection asks for the next piece */
  constructor(
    body: Blob,
    private readonly onPiece: () => void,
  ) {
    super([body]);
  }

  override stream(): ReadableStream<Uint8Array> {
    let at = 0;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.onPiece();
          if (at >= this.size) return controller.close();
          const piece = this.slice(at, at + PIECE_BYTES);
          at += piece.size;
          controller.enqueue(new Uint8Array(await piece.arrayBuffer()));
        },
      },
      // Asks for nothing before the connection does.
      { highWaterMark: 0 },
    );
  }
}
