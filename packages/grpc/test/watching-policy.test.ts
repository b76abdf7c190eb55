import { expect, it } from "vitest";
import type { ChannelControl, PolicyConfig } from "../src/balancing.js";
import { assertGrpcModule } from "../src/grpc-module.js";
import { certificatesFor } from "./support/certificates.js";
import { copies, type Grpc } from "./support/copies.js";
import { sceneOfEachTest } from "./support/scene.js";
import { failureOf } from "./support/whoami.js";

const POLICY = "test_own_credentials";

const certificates = await certificatesFor("localhost");
const scene = sceneOfEachTest();

// Later versions take no credentials there.
it.each(copies.filter(({ version }) => version === "1.12"))(
  "of grpc-js $version leaves credentials to a policy inside it",
  async ({ grpc }) => {
    registerOwnCredentials(grpc);
    const server = await scene().server("a", { host: "localhost", tls: certificates.of("localhost") });
    scene().feed.set([server.endpoint]);
    expect((await failureOf(scene().client(grpc).ask())).code).toBe(grpc.status.UNAVAILABLE);
    const chosen = { "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ [POLICY]: {} }] }) };
    expect((await scene().client(grpc, chosen).ask()).by).toBe("a");
  },
);

/** `pick_first`, but over TLS whatever the channel's own credentials are. */
function registerOwnCredentials(grpc: Grpc): void {
  const usable: unknown = grpc;
  assertGrpcModule(usable);
  const { ChildLoadBalancerHandler, createChildChannelControlHelper, registerLoadBalancerType, selectLbConfigFromList } =
    usable.experimental;
  const credentials = grpc.credentials.createSsl(certificates.ca);

  class OwnCredentials extends ChildLoadBalancerHandler {
    constructor(control: ChannelControl, ...more: unknown[]) {
      const createSubchannel: ChannelControl["createSubchannel"] = (address, args) => control.createSubchannel(address, args, credentials);
      super(createChildChannelControlHelper(control, { createSubchannel }), ...more);
    }

    override updateAddressList(list: unknown, _config: PolicyConfig, ...more: unknown[]): unknown {
      const pickFirst = selectLbConfigFromList([{ pick_first: {} }], false);
      return pickFirst !== null && super.updateAddressList(list, pickFirst, ...more);
    }

    override getTypeName(): string {
      return POLICY;
    }
  }
  registerLoadBalancerType(POLICY, OwnCredentials, {
    createFromJson: (): PolicyConfig => ({ getLoadBalancerName: () => POLICY, toJsonObject: () => ({ [POLICY]: {} }) }),
  });
}
