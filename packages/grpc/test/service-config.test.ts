import { experimental } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { watchingServiceConfig } from "../src/service-config.js";

const suspect = (): void => undefined;
const wrapped = (own?: unknown): object => {
  const options = own === undefined ? {} : { "grpc.service_config": own === "" ? "" : JSON.stringify(own) };
  return watchingServiceConfig(options, "watching", suspect, experimental.parseDuration);
};

describe("the service config of a watched channel", () => {
  it.each([undefined, "", {}])("has grpc-js' default policy inside when the channel has none: %j", (own) => {
    expect(wrapped(own)).toEqual({ loadBalancingConfig: [{ watching: { suspect, ownTlsName: false, child: [] } }], methodConfig: [] });
  });

  it("has the channel's policies inside, in their order, and keeps the rest", () => {
    const policies = [{ unheard_of: {} }, { round_robin: {} }];
    const retryThrottling = { maxTokens: 10, tokenRatio: 0.1 };
    const methodConfig = [{ name: [{}], waitForReady: true }];
    expect(wrapped({ loadBalancingConfig: policies, methodConfig, retryThrottling })).toEqual({
      loadBalancingConfig: [{ watching: { suspect, ownTlsName: false, child: policies } }],
      methodConfig,
      retryThrottling,
    });
  });

  it("has timeouts as grpc-js uses them, and ignores what grpc-js ignores", () => {
    const methods = [{ name: [], timeout: "1.5s" }, { name: [], timeout: { seconds: 2, nanos: 0 } }, { name: [] }];
    expect(wrapped({ methodConfig: methods })).toMatchObject({
      methodConfig: [{ timeout: { seconds: 1, nanos: 500_000_000 } }, methods[1], methods[2]],
    });
    expect(wrapped({ methodConfig: "none" })).toMatchObject({ methodConfig: [] });
  });

  it.each([
    ["db.example", true],
    ["", false],
  ])("says whether the channel has a TLS name of its own, as grpc-js would read it: %j", (tlsName, ownTlsName) => {
    const options = { "grpc.ssl_target_name_override": tlsName };
    expect(watchingServiceConfig(options, "watching", suspect, experimental.parseDuration)).toMatchObject({
      loadBalancingConfig: [{ watching: { ownTlsName } }],
    });
  });
});
