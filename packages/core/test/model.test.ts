import { keepsInvariants } from "./support/keeps-invariants.js";

keepsInvariants(300);
