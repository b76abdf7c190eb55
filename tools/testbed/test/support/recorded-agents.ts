import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Test } from "../../scenarios/etcd-scenario.js";

/** A port that refuses every call, and the `user-agent` that each of them came with: who really sent it. */
export async function recordedAgents(test: Test): Promise<{ readonly port: number; readonly agents: readonly string[] }> {
  const agents: string[] = [];
  const server = createServer();
  server.on("stream", (stream, headers) => {
    agents.push(headers["user-agent"] ?? "none");
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "12" }, { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, agents };
}
