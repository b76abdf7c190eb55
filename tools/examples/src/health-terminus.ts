import { createServer, type RequestListener, type Server } from "node:http";
import { createTerminus } from "@godaddy/terminus";
import type { MetadataPoller } from "@rollcall/core";
import { readiness } from "@rollcall/core/sinks";

/**
 * A server whose `/ready` says whether it knows members to talk to, for the readiness probe of Kubernetes:
 *
 *     readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 5 }
 *
 * Nothing but `node:http`. On SIGTERM it is unready, finishes the requests that it has, and closes the poller; then nothing keeps the process.
 */
export function plainServer<T>(poller: MetadataPoller<T>, listener: RequestListener): Server {
  const ready = readiness(poller);
  const server = createServer((request, response) => {
    if (request.url === "/ready") ready.handler(request, response);
    else listener(request, response);
  });
  process.once("SIGTERM", () => {
    ready[Symbol.dispose]();
    server.keepAliveTimeout = 1; // or a connection whose request is answered from now on holds it up for another 5 s
    server.close(() => void poller.close());
  });
  return server;
}

/** The same with Terminus, which turns a check that rejects into 503 and ends the process when all is closed. */
export function terminusServer<T>(poller: MetadataPoller<T>, listener: RequestListener): Server {
  const ready = readiness(poller);
  return createTerminus(createServer(listener), {
    healthChecks: { "/ready": ready.check, verbatim: true },
    onSignal: async () => {
      await ready[Symbol.asyncDispose]();
      await poller.close();
    },
  });
}
