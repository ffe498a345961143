import { UserError } from "../../trainer/error.ts";

/** Reads the URL that a flag was given. @throws UserError if it is no http(s) URL */
export function parseUrl(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new UserError(`${flag}: "${text}" is not an http(s) URL`);
}
