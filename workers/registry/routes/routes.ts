import type { Route } from "../route.ts";
import { datasetRoutes } from "./datasets/datasetRoutes.ts";
import { jobRoutes } from "./jobs/jobRoutes.ts";
import { modelRoutes } from "./modelRoutes.ts";

/** All routes that demand a key. Of two paths that match a request, the first counts. */
export const routes: Route[] = [...modelRoutes, ...datasetRoutes, ...jobRoutes];
