export { ManualClock, settle } from "@rollcall/testkit";
