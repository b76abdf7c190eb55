/** What can be asked of nameservers and brokers; names and numbers of `RequestCode.java`. */
export const REQUEST = {
  SEND_MESSAGE: 10,
  UPDATE_AND_CREATE_TOPIC: 17,
  UPDATE_BROKER_CONFIG: 25,
  GET_BROKER_CONFIG: 26,
  GET_BROKER_RUNTIME_INFO: 28,
  HEART_BEAT: 34,
  UNREGISTER_CLIENT: 35,
  PUT_KV_CONFIG: 100,
  GET_KV_CONFIG: 101,
  REGISTER_BROKER: 103,
  UNREGISTER_BROKER: 104,
  GET_ROUTEINFO_BY_TOPIC: 105,
  GET_BROKER_CLUSTER_INFO: 106,
  WIPE_WRITE_PERM_OF_BROKER: 205,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER: 206,
  SEND_MESSAGE_V2: 310,
  SEND_BATCH_MESSAGE: 320,
  QUERY_DATA_VERSION: 322,
  ADD_WRITE_PERM_OF_BROKER: 327,
  GET_BROKER_MEMBER_GROUP: 901,
  BROKER_HEARTBEAT: 904,
} as const;

/** How servers answer; names and numbers of `ResponseCode.java` and `RemotingSysResponseCode.java`. */
export const RESPONSE = {
  SUCCESS: 0,
  SYSTEM_ERROR: 1,
  SYSTEM_BUSY: 2,
  REQUEST_CODE_NOT_SUPPORTED: 3,
  SERVICE_NOT_AVAILABLE: 14,
  NO_PERMISSION: 16,
  TOPIC_NOT_EXIST: 17,
  QUERY_NOT_FOUND: 22,
  INVALID_PARAMETER: 29,
  GO_AWAY: 1500,
} as const;

/** RocketMQ's name of what is asked, or `request 999` for a code without a name in {@link REQUEST}. */
export function requestName(code: number): string {
  return nameOf(REQUEST, code) ?? `request ${code}`;
}

/** RocketMQ's name of an answer's code, or `code 999` for one without a name in {@link RESPONSE}. */
export function responseName(code: number): string {
  return nameOf(RESPONSE, code) ?? `code ${code}`;
}

function nameOf(codes: Readonly<Record<string, number>>, code: number): string | undefined {
  return Object.keys(codes).find((name) => codes[name] === code);
}
