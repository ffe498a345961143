/** A tensor in the layout of the file. */
export interface SourceTensor {
  shape: number[];
  values: Float32Array;
}
