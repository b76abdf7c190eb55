import { AliOnsProducer, JavaProducer, type RocketmqInstallation, type RocketmqLoad, type RocketmqProducer } from "@rollcall/testbed";

/** Where clients can get their nameservers. */
export interface Sources {
  /** The addresses of the beginning. */
  readonly list: readonly string[];
  /** URL of the cluster's own address server. */
  readonly addressServer: string;
  /** URL of Rollcall's `nsaddrServer`, which follows that. */
  readonly nsaddrServer: string;
  /** Rollcall's `nameServerArray`, the very object. */
  readonly nameServerArray: string[];
}

/** A client with a configuration. */
export interface Contender {
  readonly client: "ali-ons" | "Java";
  /** Where it gets its nameservers, as the table says it. */
  readonly fedBy: string;
  /** Whether Rollcall feeds it. */
  readonly rollcall: boolean;
  /** Whether it must fail: if it does not, the run proves nothing. */
  readonly control?: boolean | undefined;
  readonly producer: (sources: Sources, load: Omit<RocketmqLoad, "lookup">) => RocketmqProducer;
}

/** Everybody who takes part, in the order of the table. */
export function contenders({ jvm }: Pick<RocketmqInstallation, "jvm">): readonly Contender[] {
  const aliOns = (lookup: (sources: Sources) => RocketmqLoad["lookup"]): Contender["producer"] => {
    return (sources, load) => new AliOnsProducer({ ...load, lookup: lookup(sources) });
  };
  const java = (lookup: (sources: Sources) => RocketmqLoad["lookup"]): Contender["producer"] => {
    return (sources, load) => new JavaProducer(jvm, { ...load, lookup: lookup(sources) });
  };
  const list = (sources: Sources): RocketmqLoad["lookup"] => ({ nameservers: [...sources.list] });
  const direct = ({ addressServer }: Sources): RocketmqLoad["lookup"] => ({ addressServer });
  const nsaddr = ({ nsaddrServer }: Sources): RocketmqLoad["lookup"] => ({ addressServer: nsaddrServer });
  const array = ({ nameServerArray }: Sources): RocketmqLoad["lookup"] => ({ nameservers: nameServerArray });
  return [
    { client: "ali-ons", fedBy: "static list", rollcall: false, control: true, producer: aliOns(list) },
    { client: "ali-ons", fedBy: "`onsAddr`: the address server", rollcall: false, producer: aliOns(direct) },
    { client: "ali-ons", fedBy: "`onsAddr`: Rollcall's `nsaddrServer`", rollcall: true, producer: aliOns(nsaddr) },
    { client: "ali-ons", fedBy: "Rollcall's `nameServerArray`", rollcall: true, producer: aliOns(array) },
    { client: "Java", fedBy: "static list", rollcall: false, control: true, producer: java(list) },
    { client: "Java", fedBy: "the address server", rollcall: false, producer: java(direct) },
    { client: "Java", fedBy: "Rollcall's `nsaddrServer`", rollcall: true, producer: java(nsaddr) },
  ];
}
