import * as z from "zod";
import type { ErrorStatus } from "../http/errors.ts";
import { params, type SchemaName, schemas } from "./contract.ts";
import { leaseHeaders } from "./jobs/fence.ts";
import type { Content, Route } from "./route.ts";

const COMPONENTS = "#/components/schemas/";

/** The document describes what a client sends, before defaults are filled in. */
const OPTIONS = { io: "input", unrepresentable: "any" } as const;

const MEANINGS: Partial<Record<ErrorStatus, string>> = {
  400: "The request is malformed.",
  401: "A key is required, and none or a wrong one was sent.",
  403: "The key does not permit it, or the registry has no keys and therefore refuses all requests.",
  404: "There is no such thing.",
  409: "It is in use, or has changed, or the lease is lost.",
  411: "The length of the body is not declared.",
  413: "The body is over a limit.",
  415: "The media type or encoding of the body is not accepted.",
  416: "Nothing of the range is there.",
  422: "The content has a fault.",
  500: "The Worker failed; its log says why.",
  503: "R2 does not answer; try again.",
};

const refTo = (name: SchemaName) => ({ $ref: `${COMPONENTS}${name}` });

/** zod describes any JSON by a schema that contains itself, beside the others. {} says the same. */
const isAnyJson = (value: unknown) =>
  typeof value === "object" &&
  value !== null &&
  "$ref" in value &&
  String(value.$ref).startsWith(`${COMPONENTS}__shared#`);

function components(): unknown {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const written = z.toJSONSchema(registry, { ...OPTIONS, uri: (id) => `${COMPONENTS}${id}` });
  const named = Object.keys(schemas).map((id) => {
    const { $id, $schema, ...schema } = written.schemas[id] ?? {};
    return [id, schema];
  });
  const text = JSON.stringify(Object.fromEntries(named));
  return JSON.parse(text, (_, value: unknown) => (isAnyJson(value) ? {} : value)) as unknown;
}

const contentOf = (content: Content) =>
  typeof content === "string"
    ? { "application/json": { schema: refTo(content) } }
    : { [content.type]: { schema: { type: "string" } } };

function parameters({ path, query, forJobs }: Route): object[] {
  const typeOf = (schema: z.ZodType) => {
    const { $schema, ...type } = z.toJSONSchema(schema, { ...OPTIONS, io: "output" });
    return type;
  };
  const inPath = Array.from(path.matchAll(/:(\w+)/g), ([, name = ""]) => ({
    ...{ name, in: "path", required: true },
    schema: params[name] && typeOf(params[name]),
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    ...{ name, in: "query", required: !schema.safeParse(undefined).success },
    schema: typeOf(schema),
  }));
  const inHeaders = Object.entries(forJobs ? leaseHeaders : {}).map(([name, schema]) => ({
    ...{ name, in: "header", required: false, schema: typeOf(schema) },
    description: "Of the lease of the job that this is done for.",
  }));
  return [...inPath, ...inQuery, ...inHeaders];
}

/** `/models/:name/promote` with post becomes `postModelsNamePromote`. */
const operationId = ({ method, path }: Route) =>
  `${method}${path}`.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());

const PAGE_CONTENT = { "text/html": { schema: { type: "string" } } };

const PAGE_NOTE =
  " A request that accepts text/html, and not application/json, gets a page that shows this; it needs no key.";

const access = ({ scopes, forJobs, page }: Route) =>
  `The scope of the key is ${scopes.join(" or ")}.` +
  (forJobs ? " With work, only for a job of this model, whose lease the headers name." : "") +
  (page ? PAGE_NOTE : "");

const OK = { 200: "Done.", 201: "It is new.", 204: "Nothing is left to say.", 206: "A part." };

function operation(route: Route): object {
  const { summary, body, answers, refusals = [], page } = route;
  const errors: ErrorStatus[] = [400, 401, 403, ...refusals, 500, 503];
  return {
    operationId: operationId(route),
    summary,
    description: access(route),
    parameters: parameters(route),
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(
        ([200, 201, 204, 206] as const).flatMap((status) => {
          const answer = answers[status];
          if (answer === undefined) return [];
          const content = answer && { ...contentOf(answer), ...(page && PAGE_CONTENT) };
          return [[status, { description: OK[status], ...(content && { content }) }]];
        }),
      ),
      ...Object.fromEntries(
        errors.map((status) => [
          status,
          { description: MEANINGS[status], content: contentOf("Error") },
        ]),
      ),
    },
  };
}

/** The routes that need no key. */
const PUBLIC = {
  "/healthz": "Whether the Worker runs.",
  "/openapi.json": "This document.",
};

function paths(routes: Route[]): Record<string, object> {
  const all: Record<string, object> = {};
  for (const [path, summary] of Object.entries(PUBLIC)) {
    const operationId = path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());
    const content = { "application/json": { schema: { type: "object" } } };
    const responses = { 200: { description: OK[200], content } };
    all[path] = { get: { operationId: `get${operationId}`, summary, security: [], responses } };
  }
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    all[path] = { ...all[path], [route.method]: operation(route) };
  }
  return all;
}

/** The OpenAPI 3.1 document of the registry, as JSON text. */
export const openapi = (routes: Route[]): string =>
  JSON.stringify({
    openapi: "3.1.0",
    info: {
      title: "PDDM at the edge: the registry",
      version: "1",
      description:
        "Stores model packages and data sets, says which version of a model is served, and hands out jobs of training.",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths: paths(routes),
    components: {
      schemas: components(),
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A key of the registry." },
      },
    },
  });
