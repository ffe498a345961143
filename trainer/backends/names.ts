/** The backends that the user can choose; open.ts opens them. */
export const BACKENDS = ["wasm", "cuda", "webgpu"] as const;

export type BackendName = (typeof BACKENDS)[number];
