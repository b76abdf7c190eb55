/**
 * What grpc-js hands to a balancing policy and takes from one, as far as it is used here. Typed structurally, and open at the
 * end (`more`), because the experimental interface takes other arguments in every minor version.
 */

/** Told how a call ended. grpc-js calls it as a method of that call. */
export type CallEnded = (this: unknown, code: number, ...more: unknown[]) => void;

/** Told how a connection fares; the states are those of `grpc.connectivityState`. */
export type StateChanged = (subchannel: unknown, before: number, now: number, keepaliveMs: number, error?: string) => void;

/** The connection to one address. */
export interface Subchannel {
  ref(): void;
  unref(): void;
  getConnectivityState(): number;
  addConnectivityStateListener(listener: StateChanged): void;
  removeConnectivityStateListener(listener: StateChanged): void;
}

/** Where one call goes; without a subchannel it waits, or fails. */
export interface PickResult {
  readonly subchannel: Subchannel | null;
  readonly onCallEnded: CallEnded | null;
}

/** Decides for each call. */
export interface Picker {
  pick(args: unknown): PickResult;
}

/** What a policy may ask of its channel. */
export interface ChannelControl {
  createSubchannel(address: { readonly host: string; readonly port: number }, args: object, ...more: unknown[]): Subchannel;
  updateState(state: number, picker: Picker, ...more: unknown[]): void;
}

/** A policy's own part of a service config. */
export interface PolicyConfig {
  getLoadBalancerName(): string;
  toJsonObject(): object;
}

/** A balancing policy. */
export interface LoadBalancer {
  updateAddressList(list: unknown, config: PolicyConfig, ...more: unknown[]): unknown;
  getTypeName(): string;
}

/** What `experimental` has for making a policy, since 1.10. */
export interface BalancingParts {
  registerLoadBalancerType(name: string, policy: unknown, config: unknown): void;
  selectLbConfigFromList(list: readonly object[], fallBackToDefault: boolean): PolicyConfig | null;
  parseDuration(text: string): object | null;
  createChildChannelControlHelper(parent: ChannelControl, overrides: Partial<ChannelControl>): ChannelControl;
  readonly ChildLoadBalancerHandler: new (control: ChannelControl, ...more: unknown[]) => LoadBalancer;
  readonly BaseSubchannelWrapper: new (child: Subchannel) => Subchannel;
}
