import type { BrokerGroup, TopicRoute } from "./route-tables.js";

/** `quoted` where a client asks for standard JSON and the request knows how to; else ids of brokers are bare, as fastjson writes integer keys. */
export type KeyStyle = "bare" | "quoted";

/** Body of GET_ROUTEINFO_BY_TOPIC (`TopicRouteData.java`). */
export function topicRouteText({ groups, queues }: TopicRoute, keys: KeyStyle): string {
  const queueDatas = [...queues].map(([brokerName, { perm, readQueueNums, writeQueueNums }]) => ({
    brokerName,
    perm,
    readQueueNums,
    topicSysFlag: 0,
    writeQueueNums,
  }));
  const brokerDatas = groups.map((group) => groupText(group, keys));
  return `{"brokerDatas":[${brokerDatas.join(",")}],"filterServerTable":{},"queueDatas":${JSON.stringify(queueDatas)}}`;
}

/** Body of GET_BROKER_CLUSTER_INFO (`ClusterInfo.java`). */
export function clusterInfoText(groups: readonly BrokerGroup[]): string {
  const clusters: Record<string, string[]> = {};
  for (const { cluster, name } of groups) clusters[cluster] = [...(clusters[cluster] ?? []), name];
  const table = groups.map((group) => `${JSON.stringify(group.name)}:${groupText(group, "bare")}`);
  return `{"brokerAddrTable":{${table.join(",")}},"clusterAddrTable":${JSON.stringify(clusters)}}`;
}

/** Body of GET_BROKER_MEMBER_GROUP (`GetBrokerMemberGroupResponseBody.java`). */
export function memberGroupText(name: string, cluster: string, addresses: ReadonlyMap<number, string>): string {
  const names = `"brokerName":${JSON.stringify(name)},"cluster":${JSON.stringify(cluster)}`;
  return `{"brokerMemberGroup":{"brokerAddrs":${addressesText(addresses, "bare")},${names}}}`;
}

function groupText({ name, cluster, zone, actingMaster, addresses }: BrokerGroup, keys: KeyStyle): string {
  const rest = JSON.stringify({ brokerName: name, cluster, enableActingMaster: actingMaster, zoneName: zone });
  return `{"brokerAddrs":${addressesText(addresses, keys)},${rest.slice(1)}`;
}

function addressesText(addresses: ReadonlyMap<number, string>, keys: KeyStyle): string {
  const byId = [...addresses].sort(([a], [b]) => a - b);
  return `{${byId.map(([id, address]) => `${keys === "bare" ? id : `"${id}"`}:${JSON.stringify(address)}`).join(",")}}`;
}
