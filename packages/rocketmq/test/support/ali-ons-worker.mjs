// A stock ali-ons producer in a thread of its own: what it throws at the process when a server goes away stays here, and it ends with the thread.
import { parentPort, workerData } from "node:worker_threads";
import aliOns from "ali-ons";
import urllib from "urllib";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

process.on("uncaughtException", () => {});
const { nameSrv = [] } = workerData;
const producer = new aliOns.Producer({
  httpclient: urllib,
  logger: SILENT,
  producerGroup: "rollcall",
  pollNameServerInteval: 100,
  ...workerData,
});
producer.on("error", () => {});

parentPort.on("message", async ({ number, nameservers, topic, body }) => {
  try {
    if (nameservers) nameSrv.splice(0, nameSrv.length, ...nameservers);
    await producer.ready();
    const sent = topic && (await producer.send(new aliOns.Message(topic, "tag", body)));
    parentPort.postMessage({ number, status: sent?.sendStatus });
  } catch (error) {
    parentPort.postMessage({ number, failure: `${error.message}` });
  }
});
