import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type handleUnaryCall,
  type MethodDefinition,
  type Server,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { EtcdRefusal } from "./etcd-refusal.js";

/** What an answer may know of its call, besides the request. */
export interface CallContext {
  /** The first value of a metadata key. */
  metadata(key: string): string | undefined;
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The unary methods of a service, each as a function; a method that is left out is UNIMPLEMENTED. An {@link EtcdRefusal} becomes its status. */
export type Answers<S extends DescService> = {
  readonly [K in keyof S["method"]]?: (
    request: MessageShape<S["method"][K]["input"]>,
    context: CallContext,
  ) => Promise<MessageInitShape<S["method"][K]["output"]>>;
};

type UntypedAnswer = (request: Message, context: CallContext) => Promise<MessageInitShape<DescMessage>>;

/** A generated service as grpc-js wants it, for servers and for clients. */
export function grpcService(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, definition(service, method)]));
}

/** Serves a generated service. `called` hears the name of every method called. */
export function addService<S extends DescService>(
  server: Pick<Server, "addService">,
  service: S,
  answers: Answers<S>,
  called: (method: string) => void,
): void {
  const handlers = service.methods.flatMap((method) => {
    const answer = (answers as Readonly<Record<string, UntypedAnswer | undefined>>)[method.localName];
    return answer === undefined ? [] : [[method.localName, handler(method, answer, called)]];
  });
  server.addService(grpcService(service), Object.fromEntries(handlers));
}

function definition(service: DescService, method: DescMethod): MethodDefinition<Message, Message> {
  const codec = (schema: DescMessage) => ({
    serialize: (message: Message) => Buffer.from(toBinary(schema, message)),
    deserialize: (bytes: Buffer) => fromBinary(schema, bytes),
  });
  const [input, output] = [codec(method.input), codec(method.output)];
  return {
    path: `/${service.typeName}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: input.serialize,
    requestDeserialize: input.deserialize,
    responseSerialize: output.serialize,
    responseDeserialize: output.deserialize,
  };
}

function handler(method: DescMethod, answer: UntypedAnswer, called: (method: string) => void): handleUnaryCall<Message, Message> {
  return (call, callback) => {
    called(method.name);
    answer(call.request, contextOf(call)).then(
      (init) => callback(null, create(method.output, init)),
      (error: unknown) => callback(error instanceof EtcdRefusal ? refusal(error) : { code: status.INTERNAL, details: String(error) }),
    );
  };
}

function contextOf(call: ServerUnaryCall<Message, Message>): CallContext {
  const gone = new AbortController();
  call.on("cancelled", () => gone.abort());
  return { metadata: (key) => call.metadata.get(key)[0]?.toString(), signal: gone.signal };
}

function refusal(error: EtcdRefusal): { code: status; details: string } {
  return { code: error.code, details: error.message };
}
