export type { EtcdCluster, EtcdClusterMember } from "./etcd-cluster.js";
