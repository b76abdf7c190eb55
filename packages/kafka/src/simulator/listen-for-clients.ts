import { SimulatedPort } from "@rollcall/core/provider";
import type { ClientSession } from "./client-session.js";
import type { KafkaSimulatorSecurity } from "./simulator-options.js";

/** `socket.request.max.bytes`, as brokers have it by default. */
const MAX_FRAME_BYTES = 104_857_600;

/**
 * Listens as a broker does: one request at a time of each client, answered in order. Rejects with the system's error, for example when the port is taken.
 *
 * @param tls - a client that speaks no TLS then hears an alert
 * @param session - begins the conversation with one more client
 */
export async function listenForClients(
  host: string,
  port: number,
  tls: KafkaSimulatorSecurity["tls"],
  session: () => ClientSession,
): Promise<SimulatedPort> {
  return await SimulatedPort.listen({
    host,
    port,
    frames: { maxBytes: MAX_FRAME_BYTES },
    tls: tls && { cert: tls.cert, key: tls.key, plaintext: "alert" },
    conversation: (client) => {
      const begun = session();
      return async (frame) => {
        const { bytes, after } = await begun.respond(frame);
        if (bytes) client.write(bytes);
        if (after === "close") client.end();
        if (after === "silence") await client.gone;
      };
    },
  });
}
