import { Metadata } from "@grpc/grpc-js";
import { describe, expect, it, vi } from "vitest";
import type { EndpointsAnswer } from "../src/answer.js";
import { tellerFor } from "../src/listener.js";

const endpoints: EndpointsAnswer = { kind: "endpoints", endpoints: [{ addresses: [{ host: "10.0.0.1", port: 1, tlsName: "a.example" }] }] };
const config = { loadBalancingConfig: [], methodConfig: [] };
const error = { kind: "error", details: "nobody answers" } as const;

describe("tellerFor", () => {
  it("tells a function (1.14), the service config included, and passes its verdict on", () => {
    const listener = vi.fn(() => false);
    expect(tellerFor(listener, Metadata, config)(endpoints)).toBe(false);
    expect(listener).toHaveBeenCalledWith({ ok: true, value: endpoints.endpoints }, {}, { ok: true, value: config }, "");
  });

  it("tells an object (1.12, 1.13), which always accepts", () => {
    const listener = { onSuccessfulResolution: vi.fn(), onError: vi.fn() };
    expect(tellerFor(listener, Metadata, config)(endpoints)).toBe(true);
    expect(listener.onSuccessfulResolution).toHaveBeenCalledWith(endpoints.endpoints, config, null, null, {});
  });

  it("tells errors as UNAVAILABLE, with metadata of that copy", () => {
    const status = { code: 14, details: "nobody answers", metadata: expect.any(Metadata) };
    const fn = vi.fn(() => true);
    tellerFor(fn, Metadata, config)(error);
    expect(fn).toHaveBeenCalledWith({ ok: false, error: status }, {}, { ok: true, value: config }, "");
    const object = { onSuccessfulResolution: vi.fn(), onError: vi.fn() };
    tellerFor(object, Metadata, config)(error);
    expect(object.onError).toHaveBeenCalledWith(status);
  });

  it("gives the same frozen empty attributes to every channel, because a fresh object would reconnect everybody", () => {
    const seen: unknown[] = [];
    const listener = (_: unknown, attributes: unknown): boolean => seen.push(attributes) > 0;
    tellerFor(listener, Metadata, config)(endpoints);
    tellerFor(listener, Metadata, config)(endpoints);
    expect(seen[0]).toBe(seen[1]);
    expect(Object.isFrozen(seen[0])).toBe(true);
  });

  it("gives every channel a list of its own, so that a policy may sort it in place", () => {
    const lists: { value: unknown[] }[] = [];
    const tell = tellerFor((list: { value: unknown[] }) => lists.push(list) > 0, Metadata, config);
    tell(endpoints);
    lists[0]?.value.pop();
    tell(endpoints);
    expect(lists[1]?.value).toHaveLength(1);
  });

  it.each([undefined, null, {}, { onSuccessfulResolution: () => undefined }, "listener"])(
    "refuses a listener of unknown shape: %s",
    (listener) => {
      expect(() => tellerFor(listener, Metadata, config)).toThrow(
        /INVALID_OPTIONS.*use a version of @grpc\/grpc-js within its peer range, or update/,
      );
    },
  );
});
