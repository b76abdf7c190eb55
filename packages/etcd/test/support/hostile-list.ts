import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { type ListedMember, memberList } from "./member-list.js";

/** What a client URL must never give away. */
export const SECRET = "hunter2";

/** Client URLs that lead to a TCP port, and the `host:port` that each means. */
export const USABLE_URLS: Readonly<Record<string, string>> = {
  "http://a:1": "a:1",
  "https://b:65535": "b:65535",
  "C.Example:2": "c.example:2",
  "http://d": "d:2379",
  [`http://e:3/${SECRET}?${SECRET}#x`]: "e:3",
  "http://xn--bcher-kva.example:4": "xn--bcher-kva.example:4",
  "http://[fe80::1%25eth0]:5": "[fe80::1%eth0]:5",
  "http://[fe80::1%eth0]:5": "[fe80::1%eth0]:5",
  "http://[::1]:6": "[::1]:6",
};

/** Client URLs that lead nowhere. */
export const UNUSABLE_URLS: readonly string[] = [
  "",
  "http://",
  "http://:1",
  "http://a:0",
  "http://a:65536",
  "http://a:-1",
  "http://a:1e3",
  "http://a:00000000001",
  `http://root:${SECRET}@a:1`,
  `http://${SECRET}@a:1`,
  "unix:///run/etcd.sock",
  "unixs://etcd.sock:1",
  "ftp://a:1",
  "javascript:alert(1)",
  "http://a\u0000b:1",
  "http://a\u001b]0;x\u0007:1",
  "http://a\r\nb:1",
  "http://a\u202eb:1",
  "http://a:1/\u001bc",
  "http://[::1",
  "http://[fe80::1%25]:1",
  "http://[::ffff:1.2.3.256]:1",
  `http://${"[".repeat(5_000)}`,
  "http://a b:1",
];

const id = fc.constantFrom("0", "1", "2", "3", "ffffffffffffffff");
const name = fc.constantFrom("a", "b", "", "\u0000", "a\r\nb", "\u001b[2J", "__proto__", "x".repeat(10_000));
const url = fc.oneof(fc.constantFrom(...Object.keys(USABLE_URLS)), fc.constantFrom(...UNUSABLE_URLS), fc.string());
const member: fc.Arbitrary<ListedMember> = fc.record({ id, name, urls: fc.array(url, { maxLength: 3 }), learner: fc.boolean() });
const header = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ cluster: "c1" }) },
  fc.record({ cluster: fc.constantFrom("0", "c1", "c2"), from: id }),
  fc.constant(null),
);

/** A list that protobuf can read, of members that nobody would expect. */
const odd = fc.tuple(fc.array(member, { maxLength: 6 }), header).map(([members, head]) => memberList(members, head));

/** Fields of any number and wire type, some of which claim to be longer than the answer, or nest, or never end. */
const soup = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 5 }), fc.uint8Array({ maxLength: 12 }), fc.boolean()))
  .map((fields) => fields.reduce((writer, [no, type, bytes, lies]) => field(writer, no, type, bytes, lies), new BinaryWriter()).finish());

function field(writer: BinaryWriter, no: number, type: WireType, bytes: Uint8Array, lies: boolean): BinaryWriter {
  const tagged = writer.tag(no, type);
  if (type !== WireType.LengthDelimited) return tagged.raw(bytes);
  return lies ? tagged.uint32(0xff_ff_ff_ff).raw(bytes) : tagged.bytes(bytes);
}

interface Damage {
  /** Where, 0 to 1 of the length. */
  readonly at: number;
  readonly how: "flip" | "cut" | "insert";
  readonly bytes: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  how: fc.constantFrom("flip", "cut", "insert"),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
});

function damaged(whole: Uint8Array, { at, how, bytes }: Damage): Uint8Array {
  const place = Math.floor(at * whole.length);
  if (how === "cut") return whole.subarray(0, place);
  if (how === "insert") return Buffer.concat([whole.subarray(0, place), bytes, whole.subarray(place)]);
  return whole.with(place, (whole[place] ?? 0) ^ (bytes[0] ?? 0));
}

const good = memberList([
  { id: "1", urls: ["http://a:1"] },
  { id: "2", urls: ["http://b:1", "http://b:2"] },
  { id: "3", urls: ["http://c:1"], learner: true },
]);

/** Answers to `MemberList` of a server that means no good, or is broken. */
export const hostileAnswers: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: odd },
  { weight: 4, arbitrary: fc.tuple(fc.constant(good), damage).map(([whole, change]) => damaged(whole, change)) },
  { weight: 2, arbitrary: soup },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);
