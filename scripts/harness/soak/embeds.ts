import { embed as embedContract } from "../../../workers/api/contract/embed.ts";
import { embeddings as openAi } from "../../../workers/api/contract/embeddings.ts";
import type { Post, Reply } from "../measure/ask.ts";
import type { Fleet } from "./fleet.ts";
import type { Picture } from "./pictures.ts";
import { checkBy, jsonPost, parseReply, type Shot } from "./shot.ts";

/** Pictures to embed, and the model that embeds them. */
export interface Order {
  fleet: Pick<Fleet, "mayAnswer">;
  pictures: Picture[];
  /** The value of `?model=`; if undefined, the default model. */
  model: string | undefined;
  encoding: "float" | "base64";
}

/** An embedding as base64, whichever encoding the answer has. */
function bitsOf(vector: string | number[]): string {
  if (typeof vector === "string") return vector;
  return Buffer.from(new Float32Array(vector).buffer).toString("base64");
}

/** Compares with the first answers. @param id `name@version` of the model that answered @throws Error that says what is wrong */
function compare({ fleet, pictures, model }: Order, id: string, vectors: (string | number[])[]) {
  if (!fleet.mayAnswer(id, model)) {
    throw new Error(`${id} answered a request for ${model ?? "the default model"}`);
  }
  if (vectors.length !== pictures.length) {
    throw new Error(`answered ${vectors.length} embeddings of ${pictures.length} images`);
  }
  pictures.forEach(({ answers, type }, i) => {
    if (answers.agree(id, bitsOf(vectors[i]!))) return;
    throw new Error(`${id} gave an image (${type}) another embedding than the first time`);
  });
}

const textOf = ({ bytes }: Picture) => Buffer.from(bytes).toString("base64");

export const withModel = (path: string, model: string | undefined): string =>
  model === undefined ? path : `${path}?model=${encodeURIComponent(model)}`;

function toEmbed(kind: string, order: Order, post: Post): Shot {
  const check = (reply: Reply) => {
    const answer = parseReply(reply, 200, embedContract.answer.schema);
    const embeddings = answer.embeddings.filter((embedding) => embedding !== null);
    compare(order, `${answer.model}@${answer.version}`, embeddings);
  };
  return { kind, route: withModel("/embed", order.model), post, check: checkBy(check) };
}

/** POST /embed with the first picture as the body. */
export const embedRaw = (order: Order): Shot => {
  const [picture] = order.pictures;
  if (!picture) throw new Error("an order has one picture or more");
  const one = { ...order, pictures: [picture] };
  return toEmbed("/embed, raw", one, { type: picture.type, body: picture.bytes });
};

/** POST /embed as JSON. */
export const embedJson = (order: Order): Shot => {
  const inputs = order.pictures.map(textOf);
  const body = jsonPost({ inputs, encoding_format: order.encoding });
  return toEmbed(`/embed, JSON, ${order.encoding}`, order, body);
};

/** POST /embed as a form. */
export async function embedForm(order: Order): Promise<Shot> {
  const form = new FormData();
  form.set("encoding_format", order.encoding);
  order.pictures.forEach(({ bytes }, i) => form.set(`file${i}`, new Blob([bytes]), "picture"));
  const encoded = new Response(form);
  const type = encoded.headers.get("content-type") ?? "";
  const body = new Uint8Array(await encoded.arrayBuffer());
  return toEmbed("/embed, multipart", order, { type, body });
}

/** POST /v1/embeddings. */
export function embedOpenAi(order: Order): Shot {
  const input = order.pictures.map((picture) => `data:${picture.type};base64,${textOf(picture)}`);
  const { model = "default", encoding: encoding_format } = order;
  const check = (reply: Reply) => {
    const { model: id, data } = parseReply(reply, 200, openAi.answer.schema);
    const vectors = data.map(({ embedding }) => embedding);
    compare(order, id, vectors);
  };
  const post = jsonPost({ model, input, encoding_format });
  return { kind: "/v1/embeddings", route: "/v1/embeddings", post, check: checkBy(check) };
}
