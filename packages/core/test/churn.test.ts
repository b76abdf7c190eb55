import { leavesNothing } from "./support/leaves-nothing.js";

leavesNothing(1_500, 60);
