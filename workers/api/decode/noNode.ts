// In place of the modules of Node that the glue of libheif-js asks for in Node alone (wrangler.toml: alias).
export {};
