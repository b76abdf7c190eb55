import type { ChannelControl, PolicyConfig } from "./balancing.js";
import type { UsableGrpc } from "./grpc-module.js";
import { type Suspect, Watch } from "./watch.js";
import { watchedSubchannelClass, watchingPicker } from "./watched-subchannel.js";

/** The policy's part of a service config; `child` are the user's policies, of which grpc-js takes the first that it knows. */
export interface WatchingPolicyJson {
  readonly suspect: Suspect;
  readonly child: readonly object[];
}

/** The same, read. One class for all copies and registrations: a channel may be told one that was read for a later target. */
class WatchingConfig implements PolicyConfig {
  readonly suspect: Suspect;
  readonly child: PolicyConfig;
  readonly #name: string;

  constructor(name: string, suspect: Suspect, child: PolicyConfig) {
    this.#name = name;
    this.suspect = suspect;
    this.child = child;
  }

  getLoadBalancerName(): string {
    return this.#name;
  }

  toJsonObject(): object {
    return { [this.#name]: { child: [this.child.toJsonObject()] } };
  }
}

/**
 * Teaches one copy of grpc-js a balancing policy that leaves every decision to the policy inside it, and watches what becomes
 * of the connections and calls.
 *
 * @param name - what it is called in a service config
 */
export function registerWatchingPolicy(name: string, { experimental }: UsableGrpc): void {
  const { BaseSubchannelWrapper, ChildLoadBalancerHandler, createChildChannelControlHelper, selectLbConfigFromList } = experimental;
  const Watched = watchedSubchannelClass(BaseSubchannelWrapper);

  class WatchingPolicy extends ChildLoadBalancerHandler {
    #suspect: Suspect = () => undefined;

    constructor(control: ChannelControl, ...more: unknown[]) {
      const watching: Partial<ChannelControl> = {
        createSubchannel: (address, ...rest) =>
          new Watched(control.createSubchannel(address, ...rest), new Watch(address, (at, cause) => this.#suspect(at, cause))),
        updateState: (state, picker, ...rest) => control.updateState(state, watchingPicker(picker, Watched), ...rest),
      };
      super(createChildChannelControlHelper(control, watching), ...more);
    }

    override updateAddressList(list: unknown, config: PolicyConfig, ...more: unknown[]): unknown {
      if (!(config instanceof WatchingConfig)) return false;
      this.#suspect = config.suspect;
      return super.updateAddressList(list, config.child, ...more);
    }

    override getTypeName(): string {
      return name;
    }
  }

  experimental.registerLoadBalancerType(name, WatchingPolicy, {
    createFromJson: ({ suspect, child }: WatchingPolicyJson) => {
      const chosen = selectLbConfigFromList(child, true);
      if (chosen === null) throw new Error("grpc-js knows none of the policies, and has no default");
      return new WatchingConfig(name, suspect, chosen);
    },
  });
}
