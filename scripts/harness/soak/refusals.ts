import { errorSchema } from "../../../workers/api/contract/error.ts";
import type { Post } from "../measure/ask.ts";
import { checkBy, jsonPost, parseReply, type Shot } from "./shot.ts";

/** Makes a PNG claim that it has 60,000 by 60,000 pixels. */
function bomb(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png);
  // The places of width and height in the header.
  for (const at of [16, 20]) bytes.writeUInt32BE(60_000, at);
  return bytes;
}

const raw = (body: Uint8Array): Post => ({ type: "image/png", body });

/** Requests that the API refuses, with the status and code of the refusal. @param image a PNG */
const requests = (
  image: Uint8Array,
): [route: string, post: Post, status: number, code: string][] => [
  ["/embed", raw(Buffer.from("no image")), 422, "not_an_image"],
  ["/embed", raw(image.subarray(0, 60)), 422, "undecodable_image"],
  ["/embed", raw(bomb(image)), 413, "image_too_large"],
  ["/embed", raw(new Uint8Array()), 400, "empty_body"],
  ["/embed", jsonPost({ inputs: [] }), 400, "invalid_request"],
  ["/embed", { type: "application/json", body: Buffer.from('{"inputs":') }, 400, "invalid_json"],
  ["/embed", { type: "text/plain", body: Buffer.from("a") }, 415, "unsupported_media_type"],
  ["/embed?model=nobody", raw(image), 404, "unknown_model"],
  ["/similarity", jsonPost({ source: "!", candidates: ["!"] }), 400, "invalid_base64"],
  ["/rerank", jsonPost({ query: { embedding: [1] }, candidates: ["!"] }), 400, "invalid_embedding"],
  ["/metrics", jsonPost({}), 405, "method_not_allowed"],
  ["/nowhere", jsonPost({}), 404, "not_found"],
];

/** Requests that the API must refuse. @param image a PNG */
export const refusals = (image: Uint8Array): Shot[] =>
  requests(image).map(([route, post, status, code]) => ({
    kind: "refused, 4xx",
    route,
    post,
    check: checkBy((reply) => {
      const { error } = parseReply(reply, status, errorSchema);
      if (error.code !== code) throw new Error(`${route} answered ${error.code}, not ${code}`);
    }),
  }));
