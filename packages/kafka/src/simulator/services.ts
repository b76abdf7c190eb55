import type { Clock } from "@rollcall/core";
import { autoCreate, createTopicsAnswer, initProducerIdAnswer } from "./admin-answers.js";
import { type ApiName, type ApiRanges, apiRanges } from "./api-table.js";
import type { Service } from "./client-session.js";
import { unfenced } from "./cluster-image.js";
import type { CommitLog } from "./commit-log.js";
import type { Controller } from "./controller.js";
import { describeClusterAnswer } from "./describe-cluster-answer.js";
import { metadataAnswer } from "./metadata-answer.js";
import { produceAnswer } from "./produce-answer.js";
import { type ClusterFacts, scriptedFacts } from "./scripted-answer.js";
import type { SimulatedBroker } from "./simulated-broker.js";

/** The node id of the controller, far from those of the brokers. */
const CONTROLLER_ID = 1_000;

/** What all listeners of a cluster have in common. */
export interface SharedCluster {
  readonly clusterId: string;
  readonly controller: Controller;
  readonly log: CommitLog;
  readonly clock: Clock;
  /** What brokers understand. */
  readonly ranges: ApiRanges;
  /** Called with every request that is understood. */
  readonly asked: (api: ApiName) => void;
}

/** What a broker's listener answers. */
export function brokerService(broker: SimulatedBroker, { clusterId, controller, log, clock, ranges, asked }: SharedCluster): Service {
  const facts = (api: ApiName): ClusterFacts =>
    scriptedFacts({ error: 0, clusterId, brokers: broker.view.brokers }, broker.scripts.get(api));
  /** With KRaft any broker that is up is named: clients send there what the broker passes on. */
  const anyBroker = (): number => {
    const up = unfenced(broker.view);
    return up[Math.floor(clock.random() * up.length)] ?? -1;
  };
  return {
    ranges,
    clock,
    asked,
    script: (api) => broker.scripts.get(api),
    handlers: {
      Produce: (request) => produceAnswer(request, { id: broker.id, view: broker.view, truth: controller.image, log }),
      Metadata: (request) => metadataAnswer(request, facts("Metadata"), anyBroker(), broker.view, (name) => autoCreate(name, controller)),
      DescribeCluster: (request) => describeClusterAnswer(request, facts("DescribeCluster"), anyBroker(), "brokers"),
      CreateTopics: (request) => createTopicsAnswer(request, controller),
      InitProducerId: (request) => initProducerIdAnswer(request, log, controller),
    },
  };
}

/** What the controller's listener answers: not Metadata, and of brokers nothing (KIP-919). */
export function controllerService(address: () => { readonly host: string; readonly port: number }, shared: SharedCluster): Service {
  const { clusterId, clock, asked } = shared;
  const nodes = () => [{ id: CONTROLLER_ID, ...address(), fenced: false }];
  return {
    ranges: apiRanges(["ApiVersions", "DescribeCluster"], {}),
    clock,
    asked,
    script: () => undefined,
    handlers: {
      DescribeCluster: (request) => describeClusterAnswer(request, { error: 0, clusterId, brokers: nodes() }, CONTROLLER_ID, "controllers"),
    },
  };
}
