import { measureWay, type PollTask } from "./measure-way.js";

// One way in a process of its own: the processor time of a process cannot be told apart.

process.send?.(await measureWay(JSON.parse(process.argv[2] ?? "") as PollTask));
