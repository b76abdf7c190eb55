import { type handleBidiStreamingCall, type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import definition from "rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js";
import { MessagingServiceService } from "rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js";
import service from "rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js";

const ok = new definition.Status().setCode(definition.Code.OK);

/** As much of a RocketMQ proxy (`service.proto` of apache/rocketmq-apis) as a producer needs: every topic has one queue, behind the address that was asked. */
export class FakeProxy {
  /** `host:port`. */
  readonly address: string;
  /** What has been sent here. */
  readonly messages: readonly string[];
  /** Ids of the clients that have said goodbye, in order. */
  readonly goodbyes: readonly string[];
  readonly #server: Server;

  private constructor(address: string, server: Server, messages: readonly string[], goodbyes: readonly string[]) {
    this.address = address;
    this.messages = messages;
    this.goodbyes = goodbyes;
    this.#server = server;
  }

  /** @param at - `host:port`. Default: any free port of this machine. */
  static async start(at = "127.0.0.1:0"): Promise<FakeProxy> {
    const [messages, goodbyes]: [string[], string[]] = [[], []];
    const server = new Server();
    const handlers = {
      queryRoute,
      telemetry,
      heartbeat,
      sendMessage: keeping(messages),
      notifyClientTermination: keepingGoodbyes(goodbyes),
    };
    server.addService(MessagingServiceService, handlers);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(at, ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    return new FakeProxy(`127.0.0.1:${port}`, server, messages, goodbyes);
  }

  /** Ends at once, as a process does that is killed. */
  kill(): void {
    this.#server.forceShutdown();
  }
}

const queryRoute: handleUnaryCall<service.QueryRouteRequest, service.QueryRouteResponse> = ({ request }, done) => {
  const broker = new definition.Broker().setName("broker").setEndpoints(request.getEndpoints());
  const queue = new definition.MessageQueue()
    .setTopic(request.getTopic())
    .setPermission(definition.Permission.READ_WRITE)
    .setBroker(broker);
  queue.setAcceptMessageTypesList([definition.MessageType.NORMAL]);
  done(null, new service.QueryRouteResponse().setStatus(ok).setMessageQueuesList([queue]));
};

/** A producer waits for settings before it begins. */
const telemetry: handleBidiStreamingCall<service.TelemetryCommand, service.TelemetryCommand> = (call) => {
  call.on("data", (command: service.TelemetryCommand) => {
    const settings = command.getSettings() ?? new definition.Settings();
    settings.setBackoffPolicy(new definition.RetryPolicy().setExponentialBackoff(new definition.ExponentialBackoff()));
    settings.getPublishing()?.setMaxBodySize(4_194_304);
    call.write(new service.TelemetryCommand().setStatus(ok).setSettings(settings));
  });
};

const heartbeat: handleUnaryCall<service.HeartbeatRequest, service.HeartbeatResponse> = (_, done) => {
  done(null, new service.HeartbeatResponse().setStatus(ok));
};

function keeping(messages: string[]): handleUnaryCall<service.SendMessageRequest, service.SendMessageResponse> {
  return ({ request }, done) => {
    const entries = request.getMessagesList().map((message) => {
      messages.push(Buffer.from(message.getBody_asU8()).toString());
      return new service.SendResultEntry().setStatus(ok).setMessageId(message.getSystemProperties()?.getMessageId() ?? "");
    });
    done(null, new service.SendMessageResponse().setStatus(ok).setEntriesList(entries));
  };
}

function keepingGoodbyes(goodbyes: string[]): handleUnaryCall<unknown, service.NotifyClientTerminationResponse> {
  return ({ metadata }, done) => {
    goodbyes.push(String(metadata.get("x-mq-client-id")));
    done(null, new service.NotifyClientTerminationResponse().setStatus(ok));
  };
}
