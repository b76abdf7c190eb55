import type { ChannelControl, PolicyConfig } from "./balancing.js";
import type { UsableGrpc } from "./grpc-module.js";
import { TlsNames } from "./tls-names.js";
import { type Suspect, Watch } from "./watch.js";
import { watchedSubchannelClass, watchingPicker } from "./watched-subchannel.js";

/** The policy's part of a service config; `child` are the user's policies, of which grpc-js takes the first that it knows. */
export interface WatchingPolicyJson {
  readonly suspect: Suspect;
  /** Whether the channel has a TLS name of its own, which then holds for every endpoint. */
  readonly ownTlsName: boolean;
  readonly child: readonly object[];
}

/** The same, read. One class for all copies and registrations: a channel may be told one that was read for a later target. */
class WatchingConfig implements PolicyConfig {
  readonly suspect: Suspect;
  readonly ownTlsName: boolean;
  readonly child: PolicyConfig;
  readonly #name: string;

  constructor(name: string, { suspect, ownTlsName }: WatchingPolicyJson, child: PolicyConfig) {
    this.#name = name;
    this.suspect = suspect;
    this.ownTlsName = ownTlsName;
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
 * Teaches one copy of grpc-js a balancing policy that leaves every decision to the policy inside it, gives each endpoint its own
 * TLS name, and watches what becomes of the connections and calls.
 *
 * @param name - what it is called in a service config
 */
export function registerWatchingPolicy(name: string, { experimental }: UsableGrpc): void {
  const { BaseSubchannelWrapper, ChildLoadBalancerHandler, createChildChannelControlHelper, selectLbConfigFromList } = experimental;
  const Watched = watchedSubchannelClass(BaseSubchannelWrapper);

  class WatchingPolicy extends ChildLoadBalancerHandler {
    readonly #names = new TlsNames();
    #suspect: Suspect = () => undefined;

    constructor(control: ChannelControl, ...more: unknown[]) {
      const watching: Partial<ChannelControl> = {
        createSubchannel: (address, args, ...rest) =>
          new Watched(
            control.createSubchannel(address, this.#names.argsFor(address, args), ...rest),
            new Watch(address, (at, cause) => this.#suspect(at, cause)),
          ),
        updateState: (state, picker, ...rest) => control.updateState(state, watchingPicker(picker, Watched), ...rest),
      };
      super(createChildChannelControlHelper(control, watching), ...more);
    }

    override updateAddressList(list: unknown, config: PolicyConfig, ...more: unknown[]): unknown {
      if (!(config instanceof WatchingConfig)) return false;
      this.#suspect = config.suspect;
      if (!config.ownTlsName) this.#names.learn(list);
      return super.updateAddressList(list, config.child, ...more);
    }

    override getTypeName(): string {
      return name;
    }
  }

  experimental.registerLoadBalancerType(name, WatchingPolicy, {
    createFromJson: (json: WatchingPolicyJson) => {
      const chosen = selectLbConfigFromList(json.child, true);
      if (chosen === null) throw new Error("grpc-js knows none of the policies, and has no default");
      return new WatchingConfig(name, json, chosen);
    },
  });
}
