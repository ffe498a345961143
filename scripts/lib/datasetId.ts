import { datasetNameSchema, datasetVersionSchema } from "../../shared/dataset/dataset.ts";
import { UserError } from "../../trainer/error.ts";

/** Reads `<name>` or `<name>@<version>`. @throws UserError if it is neither */
export function parseDatasetId(text: string): { name: string; version?: string } {
  const [name, version, ...more] = text.split("@");
  const isVersion = version === undefined || datasetVersionSchema.safeParse(version).success;
  if (datasetNameSchema.safeParse(name).success && isVersion && more.length === 0) {
    return { name: name ?? "", version };
  }
  throw new UserError(
    `"${text}" is not of the form <name> or <name>@<version>: a name has lower-case letters, digits and -, a version 16 hex digits`,
  );
}
