/** What a repository of timm calls them. */
export const WEIGHTS_FILE = "model.safetensors";
export const CONFIG_FILE = "config.json";
