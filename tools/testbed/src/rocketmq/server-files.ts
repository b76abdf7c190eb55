import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SMALL_JVM } from "../java.js";
import { propertiesText } from "../properties-text.js";
import type { RealRocketmqOptions } from "./real-rocketmq-options.js";
import type { RocketmqAccess } from "./rocketmq-access.js";
import type { RocketmqServer } from "./rocketmq-server.js";

/** The shortest that RocketMQ allows (`BrokerController.java`); its default is 30 s. */
export const REGISTER_MS = 10_000;

const LOGBACK = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %c - %m%n</pattern></encoder></appender>
  <root level="ERROR"><appender-ref ref="OUT"/></root>
</configuration>
`;

/** What the servers of a cluster have in common. */
export interface RocketmqClusterPlan {
  /** Name of the cluster. */
  readonly name: string;
  /** Holds a directory for every server. */
  readonly directory: string;
  readonly options: RealRocketmqOptions;
  readonly access: RocketmqAccess;
}

/** Writes what a nameserver or broker is started with; resolves with the arguments of `java`. */
export async function writeServer(plan: RocketmqClusterPlan, server: RocketmqServer): Promise<readonly string[]> {
  const own = server.kind === "nameserver" ? nameserverSettings(plan, server) : brokerSettings(plan, server);
  const jvm = await writeHome(plan, server.name);
  const file = join(plan.directory, server.name, "settings.conf");
  await writeFile(file, propertiesText({ listenPort: server.port, bindAddress: "127.0.0.1", ...own }));
  return server.kind === "nameserver"
    ? ["-Xms32m", "-Xmx96m", ...jvm, "org.apache.rocketmq.namesrv.NamesrvStartup", "-c", file]
    : ["-Xms64m", "-Xmx256m", "-XX:MaxDirectMemorySize=128m", ...jvm, "org.apache.rocketmq.broker.BrokerStartup", "-c", file];
}

/** Writes what a gRPC proxy is started with; resolves with the arguments of `java`. */
export async function writeProxy(
  plan: RocketmqClusterPlan,
  name: string,
  ports: { readonly grpc: number; readonly remoting: number },
  nameservers: readonly RocketmqServer[],
): Promise<readonly string[]> {
  const jvm = await writeHome(plan, name);
  const settings = {
    rocketMQClusterName: plan.name,
    proxyMode: "CLUSTER",
    namesrvAddr: listOf(nameservers),
    grpcServerPort: ports.grpc,
    remotingListenPort: ports.remoting,
  };
  const home = join(plan.directory, name);
  const file = join(home, "proxy.json");
  await writeFile(file, JSON.stringify(settings));
  return ["-Xms64m", "-Xmx384m", ...jvm, `-DRMQ_PROXY_HOME=${home}`, "org.apache.rocketmq.proxy.ProxyStartup", "-pc", file];
}

/** Makes a directory of a server's own, whence nothing that it writes gets out; resolves with what its JVM must be told. */
async function writeHome({ directory, options, access }: RocketmqClusterPlan, name: string): Promise<readonly string[]> {
  const home = join(directory, name);
  const temporary = join(home, "tmp");
  await mkdir(temporary, { recursive: true });
  const logback = join(home, "logback.xml");
  await writeFile(logback, LOGBACK);
  return [
    ...SMALL_JVM,
    `-Duser.home=${home}`,
    // A broker that is killed leaves a library of 13 MB there.
    `-Djava.io.tmpdir=${temporary}`,
    `-Drocketmq.home.dir=${home}`,
    `-Drmq.logback.configurationFile=${logback}`,
    `-Drocketmq.serialize.type=${options.serialize ?? "JSON"}`,
    ...access.flags,
    ...options.jvm,
  ];
}

function nameserverSettings({ directory, options }: RocketmqClusterPlan, { name, waitMs }: RocketmqServer) {
  return {
    kvConfigPath: join(directory, name, "kvConfig.json"),
    scanNotActiveBrokerInterval: 1_000,
    supportActingMaster: true,
    orderMessageEnable: true,
    needWaitForService: waitMs > 0,
    waitSecondsForService: waitMs / 1_000,
    ...options.nameserverSettings,
  };
}

function brokerSettings({ name: cluster, directory, access }: RocketmqClusterPlan, { name, port, nameservers }: RocketmqServer) {
  const store = join(directory, name, "store");
  return {
    brokerClusterName: cluster,
    brokerName: name,
    brokerId: 0,
    brokerRole: "ASYNC_MASTER",
    flushDiskType: "ASYNC_FLUSH",
    namesrvAddr: listOf(nameservers),
    brokerIP1: "127.0.0.1",
    brokerIP2: "127.0.0.1",
    haListenPort: port - 1,
    storePathRootDir: store,
    storePathCommitLog: join(store, "commitlog"),
    authConfigPath: join(directory, name, "auth"),
    mappedFileSizeCommitLog: 1 << 20,
    mappedFileSizeConsumeQueue: 60_000,
    maxIndexNum: 20_000,
    maxHashSlotNum: 5_000,
    registerNameServerPeriod: REGISTER_MS,
    defaultTopicQueueNums: 4,
    // Half of its memory and of its work at rest.
    timerWheelEnable: false,
    // With the default a thread spins until it has passed once: 10 s.
    transactionMetricFlushInterval: 1_000,
    sendMessageThreadPoolNums: 2,
    pullMessageThreadPoolNums: 2,
    queryMessageThreadPoolNums: 1,
    adminBrokerThreadPoolNums: 2,
    clientManageThreadPoolNums: 2,
    consumerManageThreadPoolNums: 2,
    heartbeatThreadPoolNums: 1,
    endTransactionThreadPoolNums: 1,
    ...access.brokerSettings,
  };
}

function listOf(nameservers: readonly RocketmqServer[]): string {
  return nameservers.map(({ address }) => address).join(";");
}
