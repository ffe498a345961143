/** Emscripten's options for a precompiled module. Codec messages are dropped; the client gets an error instead. */
export const emscriptenOptions = (module: WebAssembly.Module): EmscriptenOptions => ({
  noInitialRun: true,
  instantiateWasm(imports, done) {
    const instance = new WebAssembly.Instance(module, imports);
    done(instance);
    return instance.exports;
  },
  printErr: () => undefined,
});
