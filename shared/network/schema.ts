import * as z from "zod";

/** The network as data: a list of layers in the order they run. Each names the layers it reads. */

const name = z.string().regex(/^[\w./-]{1,100}$/, "a layer name: letters, digits, _ . / -");
const count = z.int().min(1).max(65_536);
const window = z.tuple([z.int().min(1).max(64), z.int().min(1).max(64)]);
const padding = z.enum(["same", "valid"]);
const edge = z.int().min(0).max(32);
/** The padding of convolutions, which may also be explicit zeros: [top, bottom, left, right]. */
const edges = z.tuple([edge, edge, edge, edge]);
const zeros = z.union([padding, edges]);

/** The functions of activation, by the names that Keras and PyTorch share: see activate.ts. */
export const FUNCTIONS = [
  "linear",
  "relu",
  "relu6",
  "hard_sigmoid",
  "hard_swish",
  "sigmoid",
  "swish",
  "elu",
  "leaky_relu",
] as const;

/** A function of activation, and the slope of leaky_relu below 0, which no other function has. */
const activated = {
  activation: z.enum(FUNCTIONS),
  slope: z.number().min(-1).max(1).optional(),
};
const slopeFits = ({ activation, slope }: z.infer<z.ZodObject<typeof activated>>) =>
  (activation === "leaky_relu") === (slope !== undefined);
const noSlope = { path: ["slope"], error: "belongs to leaky_relu, which needs one" };

const one = { name, inputs: z.tuple([name]) };
const many = { name, inputs: z.array(name).min(2).max(64) };

const convolution = { ...one, kernelSize: window, strides: window, padding: zeros, ...activated };

/** Padding as wide as the window is a mistake: the window could lie on zeros alone. */
function paddingFits({ kernelSize, padding }: z.infer<z.ZodObject<typeof convolution>>): boolean {
  return (
    typeof padding === "string" || padding.every((edge, i) => edge < kernelSize[Math.floor(i / 2)]!)
  );
}
const tooWide = { path: ["padding"], error: "must be smaller than the kernel" };

const layers = [
  z
    .strictObject({ op: z.literal("conv2d"), ...convolution, filters: count })
    .refine(paddingFits, tooWide)
    .refine(slopeFits, noSlope),
  z
    .strictObject({ op: z.literal("depthwise_conv2d"), ...convolution, depthMultiplier: count })
    .refine(paddingFits, tooWide)
    .refine(slopeFits, noSlope),
  z
    .strictObject({ op: z.literal("dense"), ...one, units: count, ...activated })
    .refine(slopeFits, noSlope),
  z.strictObject({
    op: z.literal("max_pool2d"),
    ...one,
    poolSize: window,
    strides: window,
    padding,
  }),
  z.strictObject({
    op: z.literal("average_pool2d"),
    ...one,
    poolSize: window,
    strides: window,
    padding,
  }),
  z.strictObject({ op: z.literal("global_average_pool2d"), ...one }),
  /** Zeros around an image, for layers that do not pad so themselves: top, bottom, left, right. */
  z.strictObject({ op: z.literal("zero_padding2d"), ...one, padding: edges }),
  z.strictObject({ op: z.literal("flatten"), ...one }),
  z.strictObject({ op: z.literal("activation"), ...one, ...activated }).refine(slopeFits, noSlope),
  /** f(kernel x + bias) with a number of each for every channel: a batch norm that nothing can take in. */
  z.strictObject({ op: z.literal("scale_shift"), ...one, ...activated }).refine(slopeFits, noSlope),
  z.strictObject({ op: z.literal("add"), ...many }),
  /** Of equal shapes, or of an image and a vector that holds a factor for each channel. */
  z.strictObject({ op: z.literal("multiply"), name, inputs: z.tuple([name, name]) }),
  z.strictObject({ op: z.literal("concat"), ...many }),
] as const;

const operations = layers.map(({ shape }) => shape.op.value);

export const layerSchema = z.discriminatedUnion("op", layers, {
  error: `a newer release may know the operation; this one knows ${operations.join(", ")}`,
});

/** The name under which the first layer reads the image. */
export const INPUT = "input";

/** A network. The output of its last layer is the feature vector, before L2 normalisation. */
export const networkSchema = z.array(layerSchema).min(1).max(2_000);

export type Layer = z.infer<typeof layerSchema>;
/** What of a layer says its function of activation. */
export type Activated = z.infer<z.ZodObject<typeof activated>>;
export type Padding = z.infer<typeof zeros>;
export type Network = z.infer<typeof networkSchema>;
