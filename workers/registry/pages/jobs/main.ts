import { KeyForm } from "../../../pages/keyForm.ts";
import { Problems } from "../../../pages/problems.ts";
import { growAges } from "./age.ts";
import { showJob } from "./job.ts";
import { showList } from "./list.ts";
import { Registry } from "./registry.ts";

const keys = new KeyForm("pddm-registry-key", "The registry requires a key of the scope train.");
const registry = new Registry(keys);
const problems = new Problems("problems");

const [, id] = /^\/jobs\/([^/]+)/.exec(location.pathname) ?? [];
if (id === undefined) showList(registry, problems);
else showJob(registry, keys, problems, id);
growAges();
