import type * as z from "zod";
import type { JsonContract } from "../api/contract/api.ts";
import type { Input, StatusOf } from "../api/contract/contract.ts";
import type { Answer, CallOptions, Refusal } from "./answer.ts";

// scripts/client.ts writes `Client` out for the package, so that it needs neither the contracts nor zod.

/** `/v1/embeddings` is called as `client.v1.embeddings`. */
type Nested<Path extends string, T> = Path extends `/${infer Rest}`
  ? Nested<Rest, T>
  : Path extends `${infer Head}/${infer Rest}`
    ? { [K in Head]: Nested<Rest, T> }
    : { [K in Path]: T };

type Flat<T> = { [K in keyof T]: T[K] };

type Call<Request, Success> =
  Partial<Request> extends Request
    ? (request?: Request, options?: CallOptions) => Promise<Success | Refusal>
    : (request: Request, options?: CallOptions) => Promise<Success | Refusal>;

type Routes<C> = C extends JsonContract
  ? Nested<
      C["path"],
      {
        [M in C["method"] as `$${M}`]: Call<
          Flat<Input<C>>,
          Answer<StatusOf<C>, z.output<C["answer"]["schema"]>>
        >;
      }
    >
  : never;

type Intersection<U> = (U extends unknown ? (it: U) => void : never) extends (it: infer I) => void
  ? Flat<I>
  : never;

/** The routes of the API that answer in JSON. */
export type Client = Intersection<Routes<JsonContract>>;
