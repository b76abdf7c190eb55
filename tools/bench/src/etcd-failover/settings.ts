import type { ChannelOptions } from "@grpc/grpc-js";

/** One write each so many milliseconds, or at once when the one before took longer: one is in flight at a time. */
export const WRITE_EVERY_MS = 50;

/** How long one write may take, in milliseconds; none is repeated by us. */
export const TIMEOUT_MS = 2_000;

/** For every channel of grpc-js, whoever makes it, as our README says. A pool of its own: clients of one process share no connection. */
export const CHANNEL: ChannelOptions = {
  "grpc.enable_http_proxy": 0,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.use_local_subchannel_pool": 1,
};

/** For channels that balance; etcd3 does that by itself. */
export const ROUND_ROBIN: ChannelOptions = {
  ...CHANNEL,
  "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] }),
};
