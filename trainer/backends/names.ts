/** The backends that the trainer can be told to use; open.ts opens them. */
export const BACKENDS = ["wasm", "cuda", "webgpu"] as const;

export type BackendName = (typeof BACKENDS)[number];
