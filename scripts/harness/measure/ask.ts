import { type Agent, request } from "node:http";

/** The content of a POST request. */
export interface Post {
  type: string;
  body: Uint8Array;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  text: string;
  /** Milliseconds until all of it was read. */
  ms: number;
}

const isReset = (error: Error) =>
  "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");

/**
 * Asks once. If a kept connection turns out to be closed, it asks again, because a server may close an idle
 * connection at any time (https://nodejs.org/api/http.html#requestreusedsocket).
 *
 * @param post if not given, the request is a GET
 * @throws Error if there is no answer, or only a part of it
 */
export function ask(
  url: URL,
  post: Post | undefined,
  agent: Agent,
  signal: AbortSignal,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const method = post ? "POST" : "GET";
    const headers = post && {
      ...post.headers,
      "content-type": post.type,
      "content-length": post.body.length,
    };
    const asked = request(url, { method, headers, agent, signal }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const ms = performance.now() - started;
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, text: Buffer.concat(parts).toString(), ms });
      });
    });
    let answered = false;
    asked.once("response", () => (answered = true));
    asked.on("error", (error) => {
      if (asked.reusedSocket && isReset(error) && !answered) {
        resolve(ask(url, post, agent, signal));
      } else reject(error);
    });
    asked.end(post?.body);
  });
}
