export type PackageFault =
  | "manifest_invalid"
  | "format_unknown"
  | "version_mismatch"
  | "signature_missing"
  | "signature_malformed"
  | "signature_wrong"
  | "network_invalid"
  | "weights_truncated"
  | "weights_hash"
  | "weights_malformed"
  | "tensor_missing"
  | "tensor_unexpected"
  | "tensor_shape"
  | "tensor_value";

/** A model package cannot be used. `fault` is the kind of fault; the message says what is wrong where. */
export class PackageError extends Error {
  override name = "PackageError";
  constructor(
    readonly fault: PackageFault,
    message: string,
  ) {
    super(message);
  }
}
