/** An Apache Kafka server on this machine. */
export interface KafkaInstallation {
  /** Its full version, for example `4.4.0`. */
  readonly version: string;
  /** Holds its jars. */
  readonly directory: string;
  /** What `java` must be told to find its classes quickly: class path and class-data archive. */
  readonly jvm: readonly string[];
}
