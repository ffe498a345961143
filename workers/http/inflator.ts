/** What gunzip.ts needs of fflate. Bundled by itself: an import of the whole library would bundle all of it. */
export { Gunzip } from "fflate";
