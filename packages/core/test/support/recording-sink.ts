export { RecordingSink } from "@rollcall/testkit";
