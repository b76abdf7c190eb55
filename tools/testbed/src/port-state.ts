import { once } from "node:events";
import { connect } from "node:net";
import { until } from "./until.js";

/** Whether somebody listens on this port of 127.0.0.1. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const connected = await once(socket, "connect").catch(() => undefined);
  socket.destroy();
  return connected !== undefined;
}

/** Resolves once somebody, or nobody, listens there. */
export async function becomes(state: "open" | "closed", port: number): Promise<void> {
  const attempt = async () => {
    if ((await isOpen(port)) !== (state === "open")) throw new Error("not yet");
  };
  await until(attempt, { what: `port ${port} is ${state}`, pauseMs: 10 });
}
