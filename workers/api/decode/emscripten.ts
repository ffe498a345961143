/** Emscripten's options for a precompiled module. The codecs' complaints go into the answer, not the log. */
export const emscriptenOptions = (module: WebAssembly.Module): EmscriptenOptions => ({
  noInitialRun: true,
  instantiateWasm(imports, done) {
    const instance = new WebAssembly.Instance(module, imports);
    done(instance);
    return instance.exports;
  },
  printErr: () => undefined,
});
