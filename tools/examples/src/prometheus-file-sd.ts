import { MetadataPoller } from "@rollcall/core";
import { endpointFile } from "@rollcall/core/sinks";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";

/**
 * Keeps a file of Prometheus targets equal to the members of an etcd cluster. Prometheus reads it when it changes, with
 *
 *     - job_name: etcd
 *       file_sd_configs:
 *         - files: [/etc/prometheus/targets/etcd.json]
 *       relabel_configs:
 *         - { source_labels: [__meta_rollcall_attribute_scheme], target_label: __scheme__ }
 *         - { source_labels: [__meta_rollcall_attribute_name], target_label: member }
 *
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config). Close the poller when done.
 *
 * @param seeds - where to begin
 * @param path - of the file; must end in `.json`, and its folder must exist
 */
export function scrapeEtcd(seeds: readonly string[], path: string): MetadataPoller<EtcdMetadata> {
  // Without probes everybody listed is a target: a member that is down ought to be seen as down.
  const poller = new MetadataPoller(etcdMembers({ seeds }), { probe: false });
  poller.subscribe(endpointFile(path, { format: "file_sd", labels: { team: "storage" } }));
  return poller;
}
