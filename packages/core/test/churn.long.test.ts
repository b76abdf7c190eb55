import { heapStaysFlat, leavesNothing } from "./support/leaves-nothing.js";

leavesNothing(100_000, 5_000);
heapStaysFlat(100_000, 4);
