import "reflect-metadata";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { BeforeApplicationShutdown, OnApplicationShutdown } from "@nestjs/common";
import { Body, Controller, Get, Inject, Module, Post, Req, Res } from "@nestjs/common";
import { HttpAdapterHost, NestFactory } from "@nestjs/core";
import { type EndpointFeed, MetadataPoller } from "@rollcall/core";
import { type Readiness, readiness } from "@rollcall/core/sinks";
import { bootstrapBrokers, kafkaBrokers } from "@rollcall/kafka";
import { Kafka, type Producer } from "kafkajs";

const POLLER = Symbol("poller");
const PRODUCER = Symbol("producer");
const READINESS = Symbol("readiness");

const seeds = (process.env["KAFKA"] ?? "10.0.0.1:9092,10.0.0.2:9092").split(",");
const client = { clientId: "orders" };

/** One poller for the whole application, and a client that follows it. Modules that import this one are ended before it. */
@Module({
  providers: [
    { provide: POLLER, useFactory: () => new MetadataPoller(kafkaBrokers({ seeds, client })) },
    { provide: READINESS, inject: [POLLER], useFactory: (poller: EndpointFeed) => readiness(poller) },
    {
      provide: PRODUCER,
      inject: [POLLER],
      useFactory: async (poller: EndpointFeed) => {
        const brokers = bootstrapBrokers(poller, { seeds, client });
        const producer = new Kafka({ ...client, brokers, retry: { retries: 30, maxRetryTime: 1_000 } }).producer();
        await producer.connect();
        return producer;
      },
    },
  ],
  exports: [POLLER, READINESS, PRODUCER],
})
class KafkaModule implements OnApplicationShutdown {
  readonly #poller: AsyncDisposable;
  readonly #producer: Producer;

  constructor(@Inject(POLLER) poller: AsyncDisposable, @Inject(PRODUCER) producer: Producer) {
    this.#poller = poller;
    this.#producer = producer;
  }

  // Every request has been answered by now. Clients go first, then the poller that they follow.
  async onApplicationShutdown(): Promise<void> {
    await this.#producer.disconnect();
    await this.#poller[Symbol.asyncDispose]();
  }
}

@Controller()
class OrdersController {
  readonly #feed: EndpointFeed;
  readonly #producer: Producer;
  readonly #readiness: Readiness;

  constructor(@Inject(POLLER) feed: EndpointFeed, @Inject(PRODUCER) producer: Producer, @Inject(READINESS) readiness: Readiness) {
    this.#feed = feed;
    this.#producer = producer;
    this.#readiness = readiness;
  }

  @Post("orders")
  async order(@Body() order: object) {
    const [stored] = await this.#producer.send({ topic: "orders", messages: [{ value: JSON.stringify(order) }] });
    return { partition: stored?.partition, offset: stored?.baseOffset };
  }

  @Get("brokers")
  brokers() {
    return this.#feed.snapshot?.endpoints ?? [];
  }

  @Get("ready")
  ready(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    this.#readiness.handler(request, response);
  }
}

@Module({ imports: [KafkaModule], controllers: [OrdersController] })
class AppModule implements BeforeApplicationShutdown {
  readonly #host: HttpAdapterHost;

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#host = host;
  }

  // Or a connection whose request is answered during the shutdown holds it up for another five seconds.
  beforeApplicationShutdown(): void {
    const server: Server = this.#host.httpAdapter.getHttpServer();
    server.keepAliveTimeout = 1;
  }
}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env["PORT"] ?? 3000);
console.log(`orders are taken at ${await app.getUrl()}`);
