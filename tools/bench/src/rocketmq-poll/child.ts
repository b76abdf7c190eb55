import { measureForParent } from "../poll/measure-apart.js";
import { WAYS } from "./ways.js";

await measureForParent(WAYS);
