import type { PackageFault } from "../../shared/package/error.ts";

/** The faults of a published model package. */
const PACKAGE_FAULTS = {
  manifest_invalid: 422,
  format_unknown: 422,
  version_mismatch: 422,
  signature_missing: 422,
  signature_malformed: 422,
  signature_wrong: 422,
  network_invalid: 422,
  weights_truncated: 422,
  weights_hash: 422,
  weights_malformed: 422,
  tensor_missing: 422,
  tensor_unexpected: 422,
  tensor_shape: 422,
  tensor_value: 422,
} as const satisfies Record<PackageFault, 422>;

/** All error codes with their HTTP statuses. Every Worker uses the same code for the same fault. */
const STATUSES = {
  // The request is malformed.
  empty_body: 400,
  incomplete_body: 400,
  invalid_json: 400,
  invalid_form: 400,
  invalid_request: 400,
  invalid_base64: 400,
  invalid_embedding: 400,
  url_not_allowed: 400,
  // Access.
  unauthorized: 401,
  wrong_scope: 403,
  no_api_keys: 403,
  // Names, paths and methods that do not exist.
  not_found: 404,
  unknown_model: 404,
  unknown_channel: 404,
  unknown_collection: 404,
  unknown_item: 404,
  unknown_dataset: 404,
  unknown_shard: 404,
  unknown_job: 404,
  no_checkpoint: 404,
  no_artifact: 404,
  method_not_allowed: 405,
  // Conflicts with the state of the registry, of a collection or of a job.
  broken_channel: 409,
  collection_exists: 409,
  conflict: 409,
  dataset_in_use: 409,
  job_finished: 409,
  lease_lost: 409,
  manifest_differs: 409,
  nothing_to_roll_back: 409,
  promoted: 409,
  // Limits and media types.
  length_required: 411,
  batch_too_large: 413,
  body_too_large: 413,
  image_too_large: 413,
  part_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  rate_limited: 429,
  // The content of an image, of a package or of a data set.
  not_an_image: 422,
  undecodable_image: 422,
  name_mismatch: 422,
  dataset_invalid: 422,
  digest_mismatch: 422,
  shard_missing: 422,
  ...PACKAGE_FAULTS,
  // The Worker.
  internal_error: 500,
  model_unavailable: 503,
  collections_unavailable: 503,
  storage_unavailable: 503,
  collection_full: 507,
} as const;

export type ErrorCode = keyof typeof STATUSES;

const isCode = (text: string): text is ErrorCode => text in STATUSES;

export const ERROR_CODES = Object.keys(STATUSES).filter(isCode);

export type ErrorStatus = (typeof STATUSES)[ErrorCode];

/** Longest `message` and `param`, in characters. Both may repeat text from the request. */
const LONGEST_TEXT = 300;

const shorten = (text: string) =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;

/** An error answer. Handlers and middleware refuse a request by throwing one. */
export class HttpError extends Error {
  override name = "HttpError";
  readonly status: ErrorStatus;
  /** The place in the request, such as `inputs[2]`. */
  readonly param: string | null;

  /**
   * @param code names the fault for programs and determines the status
   * @param message tells people what was wrong, where, and the limit
   * @param param the place in the request, such as `inputs[2]`
   * @param headers extra headers of the answer
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    param: string | null = null,
    readonly headers: Record<string, string> = {},
  ) {
    super(shorten(message));
    this.status = STATUSES[code];
    this.param = param === null ? null : shorten(param);
  }

  /** The body of the answer. */
  get body() {
    const { code, message, param } = this;
    return { error: { code, message, param } };
  }
}
