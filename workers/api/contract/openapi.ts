import * as z from "zod";
import { contracts } from "./api.ts";
import type { Contract } from "./contract.ts";
import { ERRORS, type ApiStatus, errorSchema } from "./error.ts";

const COMPONENTS = "#/components/schemas/";

/** The document describes what a client sends, before defaults are filled in. */
const OPTIONS = { io: "input", unrepresentable: "any" } as const;

const refTo = (schema: z.ZodType) => ({ $ref: `${COMPONENTS}${schema.meta()?.id ?? ""}` });

function components(): Record<string, unknown> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    ...OPTIONS,
    uri: (id) => `${COMPONENTS}${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id, $schema, ...schema }]) => [id, schema]),
  );
}

function parameters({ params, query }: Contract): object[] {
  const described = (fields: z.ZodObject | undefined, rest: { in: "path" | "query" }) =>
    Object.entries(fields?.shape ?? {}).map(([name, schema]) => {
      const { $schema, description, examples, ...type } = z.toJSONSchema(schema, OPTIONS);
      const required = rest.in === "path" ? true : undefined;
      return { name, ...rest, required, description, example: examples?.[0], schema: type };
    });
  return [...described(params, { in: "path" }), ...described(query, { in: "query" })];
}

/** `/collections/:collection` as OpenAPI writes it. */
const template = (path: string) => path.replace(/:(\w+)/g, "{$1}");

/** `/collections/:collection` with put becomes `putCollectionsCollection`; the only method of a path is not named. */
function operationId({ method, path }: Contract): string {
  const isOnly = contracts.filter((it) => it.path === path).length === 1;
  return `${isOnly ? "" : method}${path}`
    .replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())
    .replace(/^\w/, (letter) => letter.toLowerCase());
}

const OK = {
  200: undefined,
  201: "It is new.",
  202: "The work has begun.",
} as const;

const binary = { schema: { type: "string", contentMediaType: "application/octet-stream" } };

const FILES = {
  "multipart/form-data": {
    schema: {
      type: "object",
      description: "Files under any names, and a field `encoding_format` as in JSON.",
      additionalProperties: { type: "string", contentMediaType: "application/octet-stream" },
    },
  },
  "image/*": binary,
  "application/octet-stream": binary,
};

const errorOf = (status: ApiStatus) => ({
  description: ERRORS[status],
  content: { "application/json": { schema: refTo(errorSchema) } },
});

function operation(route: Contract): object {
  const { body, answer } = route;
  const statuses = [
    ...route.errors,
    ...(route.public ? [] : ([401, 403, 429] as const)),
    500 as const,
  ];
  const schema = answer.type ? { type: "string" } : refTo(answer.schema);
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: route.description,
    parameters: parameters(route),
    ...(route.public && { security: [] }),
    ...(body && {
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: refTo(body.schema), examples: body.examples },
          ...(body.files && FILES),
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        (answer.statuses ?? [200 as const]).map((status) => [
          status,
          {
            description: OK[status] ?? answer.description,
            content: { [answer.type ?? "application/json"]: { schema } },
          },
        ]),
      ),
      ...Object.fromEntries(statuses.map((status) => [status, errorOf(status)])),
    },
  };
}

function paths(): Record<string, object> {
  const all: Record<string, object> = {};
  for (const route of contracts) {
    const path = template(route.path);
    all[path] = { ...all[path], [route.method]: operation(route) };
  }
  return all;
}

let written: string | undefined;

/**
 * The OpenAPI 3.1 document as JSON text, made at the first request. OpenAPI 3.1 accepts the JSON Schema that
 * zod writes. @hono/zod-openapi is not used: it would load all of zod with its locales, 74 KiB gzipped, and
 * take a third more CPU time at start.
 */
export function document(): string {
  written ??= JSON.stringify({
    openapi: "3.1.0",
    info: {
      title: "PDDM at the edge",
      version: "1",
      description:
        "How similar are two images? A model that was trained on labelled images computes embeddings " +
        "and the Position-Dependent Deep Metric. Errors say what is wrong, where, and what the limit is.",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }, {}],
    paths: paths(),
    components: {
      schemas: components(),
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: "A key of the Worker, if it requires one.",
        },
      },
    },
  });
  return written;
}
