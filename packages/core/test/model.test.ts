import { keepsInvariants } from "./support/model.js";

keepsInvariants(300);
