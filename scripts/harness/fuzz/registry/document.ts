import * as z from "zod";
import { type SchemaName, schemas } from "../../../../workers/registry/contract.ts";

const isSchemaName = (name: string): name is SchemaName => name in schemas;

const contentSchema = z.object({ schema: z.object({ $ref: z.string().optional() }) });

const responseSchema = z.object({
  content: z.record(z.string(), contentSchema).default({}),
});

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), responseSchema) })),
  ),
});

/** What an answer is. */
interface Answer {
  /** Its media type; undefined if it has no body. */
  type?: string;
  /** Undefined if it is no JSON, or any. */
  schema?: z.ZodType;
}

const REFUSAL: Answer = { type: "application/json", schema: schemas.Error };

function answerOf({ content }: z.infer<typeof responseSchema>): Answer {
  const [type] = Object.keys(content);
  if (type === undefined) return {};
  const name = content[type]?.schema.$ref?.split("/").at(-1) ?? "";
  return { type, schema: isSchemaName(name) ? schemas[name] : undefined };
}

/** A path as the registry's router takes it: also with slashes at its end. */
const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}/*$`).test(path);

/** What the registry says of its routes, at /openapi.json. */
export class RegistryDocument {
  private constructor(private readonly paths: z.infer<typeof documentSchema>["paths"]) {}

  /** @param url of the registry */
  static async read(url: string): Promise<RegistryDocument> {
    const response = await fetch(new URL("/openapi.json", url));
    return new RegistryDocument(documentSchema.parse(await response.json()).paths);
  }

  /**
   * What may be answered, by status. Where two routes match a path, either may answer.
   *
   * @param path as the Worker sees it, without the query
   */
  answers(method: string, path: string): Map<number, Answer> {
    const routes = Object.entries(this.paths).filter(([template]) => matches(template, path));
    const found = new Map<number, Answer>();
    const mayRefuse = (...statuses: number[]) => {
      for (const status of statuses) found.set(status, REFUSAL);
    };
    if (routes.length === 0) mayRefuse(401, 403, 404);
    for (const [, operations] of routes) {
      const operation = operations[method.toLowerCase()];
      if (!operation) mayRefuse(401, 403, 405);
      for (const [status, response] of Object.entries(operation?.responses ?? {})) {
        found.set(Number(status), answerOf(response));
      }
    }
    return found;
  }
}
