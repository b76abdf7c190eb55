/** RocketMQ on this machine: nameserver, broker, gRPC proxy and Java client. */
export interface RocketmqInstallation {
  /** Its full version, for example `5.5.0`. */
  readonly version: string;
  /** Holds its jars. */
  readonly directory: string;
  /** What `java` and `javac` must be told to find its classes. */
  readonly jvm: readonly string[];
}
