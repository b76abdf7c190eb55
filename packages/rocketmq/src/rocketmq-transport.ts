/** Where a nameserver or a broker listens. */
export interface RocketmqAddress {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** One request of the remoting protocol. */
export interface RemotingRequest {
  /** What is asked: a constant of `RequestCode.java`. */
  readonly code: number;
  /** The `extFields` of the header. Default: none. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Default: none. */
  readonly body?: Uint8Array | undefined;
}

/** What came back, whichever way its header was written. */
export interface RemotingAnswer {
  /** A constant of `ResponseCode.java`; 0 is success. */
  readonly code: number;
  /** What the server says of it, for people. */
  readonly remark: string | undefined;
  /** The `extFields` of the header. */
  readonly fields: Readonly<Record<string, string>>;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

/** A connection that can be asked, any number of times at once. */
export interface RocketmqConnection {
  /**
   * Asks, and resolves with whatever the server answers, whatever its code. Rejects with the signal's reason when that fires, and with a `DiscoveryError` when the connection is
   * lost or closed, or brings bytes that are no answer: then every question on it fails.
   */
  request(request: RemotingRequest, options: { readonly signal: AbortSignal }): Promise<RemotingAnswer>;
  /** Ends the connection at once. May be called again. */
  close(): void;
}

/** What a driver of the remoting protocol has to do. */
export interface RocketmqTransport {
  /** Connects, with TLS if it is configured. Rejects with a `DiscoveryError`, or with the signal's reason when that fires; then nothing stays open. */
  connect(address: RocketmqAddress, options: { readonly signal: AbortSignal }): Promise<RocketmqConnection>;
}
