import type { BalancingParts, Picker, PickResult, Subchannel } from "./balancing.js";
import type { Watch } from "./watch.js";

/** A connection that is watched for as long as its channel uses it. */
export interface WatchedSubchannel extends Subchannel {
  readonly watch: Watch;
}

/** The class of them, for one copy of grpc-js. */
export type WatchedSubchannelClass = new (child: Subchannel, watch: Watch) => WatchedSubchannel;

/** Makes that class; subchannels have more methods, and other ones in every version, so it stands on that copy's own. */
export function watchedSubchannelClass(Base: BalancingParts["BaseSubchannelWrapper"]): WatchedSubchannelClass {
  return class extends Base implements WatchedSubchannel {
    readonly watch: Watch;
    readonly #child: Subchannel;
    #refs = 0;

    constructor(child: Subchannel, watch: Watch) {
      super(child);
      this.#child = child;
      this.watch = watch;
    }

    /** The listener comes before those of the policy, which may drop the subchannel from inside one of its own. */
    override ref(): void {
      if (this.#refs === 0) {
        this.#child.addConnectivityStateListener(this.watch.stateChanged);
        this.watch.begin(this.#child.getConnectivityState());
      }
      this.#refs += 1;
      super.ref();
    }

    /** Pools outlive channels: what a channel no longer uses must not hold on to it, nor tell of the connection's regular end. */
    override unref(): void {
      this.#refs -= 1;
      if (this.#refs === 0) {
        this.#child.removeConnectivityStateListener(this.watch.stateChanged);
        this.watch.end();
      }
      super.unref();
    }
  };
}

/** So often another member is looked for in the place of one that is in doubt; a policy that has no other picks the same. */
const OTHER_PICKS = 3;

/** Picks as `picker` does, but rather nobody who is in doubt, and lets the watch of whoever is picked hear how the call ends. */
export function watchingPicker(picker: Picker, Watched: WatchedSubchannelClass): Picker {
  return {
    pick(args) {
      let picked = picker.pick(args);
      const isInDoubt = (): boolean => picked.subchannel instanceof Watched && picked.subchannel.watch.isInDoubt;
      for (let more = OTHER_PICKS; more > 0 && isInDoubt(); more -= 1) picked = picker.pick(args);
      return picked.subchannel instanceof Watched ? heardBy(picked.subchannel.watch, picked) : picked;
    },
  };
}

/** Whoever was to hear of the call's end before, such as outlier detection, still does. */
function heardBy({ callEnded }: Watch, picked: PickResult): PickResult {
  const { onCallEnded } = picked;
  if (onCallEnded === null) return { ...picked, onCallEnded: callEnded };
  return {
    ...picked,
    onCallEnded(...how) {
      callEnded.apply(this, how);
      onCallEnded.apply(this, how);
    },
  };
}
