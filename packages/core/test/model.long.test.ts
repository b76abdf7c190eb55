import { keepsInvariants } from "./support/model.js";

keepsInvariants(5_000);
