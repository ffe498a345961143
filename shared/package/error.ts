export type PackageFault =
  | "manifest-invalid"
  | "format-unknown"
  | "version-mismatch"
  | "signature-missing"
  | "signature-malformed"
  | "signature-wrong"
  | "network-invalid"
  | "weights-truncated"
  | "weights-hash"
  | "weights-malformed"
  | "tensor-missing"
  | "tensor-unexpected"
  | "tensor-shape"
  | "tensor-value";

/** A model package cannot be used. `fault` names the kind, the message says where and what. */
export class PackageError extends Error {
  override name = "PackageError";
  constructor(
    readonly fault: PackageFault,
    message: string,
  ) {
    super(message);
  }
}
