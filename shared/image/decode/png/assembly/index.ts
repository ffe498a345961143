/**
 * What takes the time of a PNG: its checksums, inflating and undoing filters. The caller lays out the memory
 * from `heapBase` on.
 */
export { crc32 } from "./crc32";
export { inflate, inputAt, outputAt, start } from "./inflate";
export { unfilter } from "./rows";

export const heapBase: usize = __heap_base;
