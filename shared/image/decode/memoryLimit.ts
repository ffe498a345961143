const PAGE = 65_536;

/**
 * What a module exports, whose memory has a limit: beyond it a codec of Emscripten is told that there is no
 * more.
 *
 * @param limit bytes that it may grow to now
 */
export function withLimit(exports: WebAssembly.Exports, limit: () => number): WebAssembly.Exports {
  const limited = { ...exports };
  for (const [name, memory] of Object.entries(exports)) {
    if (!(memory instanceof WebAssembly.Memory)) continue;
    const grow = (pages: number) => {
      if (memory.buffer.byteLength + pages * PAGE > limit()) throw new RangeError("too large");
      return memory.grow(pages);
    };
    limited[name] = Object.create(memory, {
      grow: { value: grow },
      buffer: { get: () => memory.buffer },
    });
  }
  return limited;
}
