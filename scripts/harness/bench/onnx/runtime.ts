/** A loaded model. */
interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
}

/** The part of onnxruntime-web in use, written down because the package need not be installed. */
export interface OnnxRuntime {
  env: { wasm: { numThreads: number } };
  InferenceSession: { create(model: Uint8Array): Promise<Session> };
  Tensor: new (type: "float32", data: Float32Array, shape: number[]) => unknown;
}

const PACKAGE: string = "onnxruntime-web";

const isRuntime = (module: unknown): module is OnnxRuntime =>
  typeof module === "object" && module !== null && "InferenceSession" in module;

/** @returns null if onnxruntime-web is not installed */
export async function importOrt(): Promise<OnnxRuntime | null> {
  try {
    const module: unknown = await import(PACKAGE);
    if (isRuntime(module)) return module;
    throw new Error(`${PACKAGE} exports no InferenceSession`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_MODULE_NOT_FOUND") return null;
    throw error;
  }
}
