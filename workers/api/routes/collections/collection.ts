import { HttpError } from "../../../http/errors.ts";
import { parse } from "../../../http/parse.ts";
import type { AppContext } from "../../app.ts";
import { describeCollection } from "../../collections/describe.ts";
import { listRecords } from "../../collections/listRecords.ts";
import { collectionObject } from "../../collections/objects.ts";
import { readRecord, remember, unknownCollection } from "../../collections/records.ts";
import { spaceOf } from "../../collections/space.ts";
import {
  CAPACITY,
  type deleteCollection as deleteContract,
  type getCollection as getContract,
  type listCollections as listContract,
  putCollection as putContract,
} from "../../contract/collections/collection.ts";
import { collectionParams } from "../../contract/collections/params.ts";
import type { Answer } from "../../contract/contract.ts";
import { readJson } from "../../request/body.ts";
import { occasionOf, useModel } from "../../request/select.ts";

/** The collection that the path names. @throws HttpError 400 */
export const nameOf = (c: AppContext): string => parse(collectionParams, c.req.param()).collection;

/** PUT /collections/:collection: makes a collection, or lets it grow. */
export async function putCollection(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const name = nameOf(c);
  const body = parse(putContract.body.schema, await readJson(c));
  const { model = settings.DEFAULT_MODEL, capacity, prefix, candidates } = body;
  if (prefix !== null && !settings.PICTURES) {
    throw new HttpError(
      "invalid_request",
      "this Worker has no bucket of pictures: bind PICTURES in wrangler.toml, or leave out prefix",
      "prefix",
    );
  }
  if (candidates === "vectorize" && !settings.VECTORIZE) {
    throw new HttpError(
      "invalid_request",
      'this Worker has no index of Vectorize: bind VECTORIZE in wrangler.toml, or take "scan"',
      "candidates",
    );
  }
  const served = await useModel(occasionOf(c), { name: model }, (it) =>
    Promise.resolve(spaceOf(it)),
  );
  const known = capacity === undefined && (await collectionObject(settings, name).record());
  const spec = {
    ...{ name, model, prefix, candidates },
    capacity: capacity ?? (known ? known.capacity : CAPACITY),
    storeImages: body.store_images,
  };
  const made = await collectionObject(settings, name).create(spec, served);
  if ("differs" in made) {
    const { differs } = made;
    throw new HttpError(
      "collection_exists",
      `the collection "${name}" exists with model "${differs.model}", capacity ${differs.capacity} in ` +
        `${differs.shards} shard(s), store_images ${differs.storeImages}, candidates "${differs.candidates}" and ` +
        `prefix ${JSON.stringify(differs.prefix)}: ` +
        "only its capacity can change, as far as its shards have room; delete it, or take another name",
    );
  }
  remember(made.record);
  const described = await describeCollection(settings, made.record);
  return c.json(described satisfies Answer<typeof putContract>, made.created ? 201 : 200);
}

/** GET /collections/:collection: a collection and what goes on in it. */
export async function getCollection(c: AppContext): Promise<Response> {
  const record = await readRecord(occasionOf(c), nameOf(c));
  const described = await describeCollection(c.var.settings, record);
  return c.json(described satisfies Answer<typeof getContract>);
}

/** GET /collections: all collections. */
export async function listCollections(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const records = await listRecords(settings);
  const described = await Promise.all(
    records.map((record) =>
      describeCollection(settings, record).catch((error: unknown) => {
        // It was deleted meanwhile.
        if (error instanceof HttpError && error.code === "unknown_collection") return undefined;
        throw error;
      }),
    ),
  );
  const collections = described.filter((it) => it !== undefined);
  return c.json({ collections } satisfies Answer<typeof listContract>);
}

/** DELETE /collections/:collection: deletes it with all that it holds. */
export async function deleteCollection(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  const there = await collectionObject(c.var.settings, name).destroy();
  if (!there) throw unknownCollection(name);
  return c.json({ deleted: name } satisfies Answer<typeof deleteContract>);
}
